#include "net/key_source.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace godwit::net {

namespace {

result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot open {}: {}", path, std::strerror(errno));
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return fail("cannot read {}: {}", path, std::strerror(errno));
  return bytes;
}

const std::string* string_member(const value& source, std::string_view key) {
  const auto* member = source.find(key);
  return member ? member->as_string() : nullptr;
}

}  // namespace

result<void> check_key_source(const value& source) {
  if (source.is_string() || string_member(source, "key_data")) return {};
  if (source.find("vault_mount") || source.find("vault_path")) {
    return fail("this server has no vault client; use a file name or key_data");
  }
  if (source.find("event_name")) return fail("keys from events are not served; use a file name or key_data");
  return fail("a key source is a file name or a table with key_data, not {}", source.type_name());
}

result<std::string> load_key_source(const value& source) {
  if (const auto* path = source.as_string()) return read_file(*path);
  if (const auto* data = string_member(source, "key_data")) return *data;
  return check_key_source(source).why();
}

}  // namespace godwit::net
