#include "module/handshake.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace godwit::module {

namespace {

/// Up to and including destroy: what ABI 1.0 has.
constexpr std::uint64_t smallest_descriptor = offsetof(godwit_module_descriptor, destroy) + sizeof(void*);

bool is_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

result<identity> shake_hands(const godwit_module_descriptor* d, std::string_view file,
                             std::string_view expected_name, std::uint32_t offered_minor) {
  if (d == nullptr)
    return fail("{}: godwit_module() returned no descriptor: the module's static set-up failed", file);
  if (d->size < offsetof(godwit_module_descriptor, name))
    return fail("{}: not a Godwit module: descriptor too short", file);
  const auto built = fmt::format("{}.{}", d->abi_major, d->abi_minor);
  const auto offered = fmt::format("{}.{}", GODWIT_ABI_MAJOR, offered_minor);
  if (d->abi_major > GODWIT_ABI_MAJOR || (d->abi_major == GODWIT_ABI_MAJOR && d->abi_minor > offered_minor))
    return fail("{}: module built for ABI {}, this server offers {}: update the server", file, built,
                offered);
  if (d->abi_major < GODWIT_ABI_MAJOR)
    return fail("{}: module built for ABI {}, this server offers {}: rebuild the module", file, built,
                offered);
  if (d->size < smallest_descriptor)
    return fail("{}: descriptor has {} bytes, ABI {} needs {}: rebuild the module", file, d->size, built,
                smallest_descriptor);
  const auto name = view(d->name);
  if (!is_name(name))
    return fail("{}: module name '{}': use lower-case letters, digits and underscores", file, name);
  if (!expected_name.empty() && name != expected_name)
    return fail("{}: this is module '{}', the configuration calls it '{}': name both alike", file, name,
                expected_name);
  if (d->configure == nullptr)
    return fail("{}: module '{}' has no configure function: rebuild the module", file, name);
  return identity{std::string(name), std::string(view(d->version)), std::string(view(d->summary)),
                  d->abi_major, d->abi_minor};
}

godwit_module_descriptor complete(const godwit_module_descriptor& d) {
  godwit_module_descriptor full{};
  std::memcpy(&full, &d, std::min<std::size_t>(d.size, sizeof(full)));
  return full;
}

}  // namespace godwit::module
