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
  if (source.is_string()) return {};
  for (const char* key : {"key_data", "vault_mount", "event_name"}) {
    if (string_member(source, key)) return {};
  }
  return fail("a key source is a file name or a table with key_data, event_name or vault_mount, not {}",
              source.type_name());
}

result<std::string> load_key_source(const value& source, const key_event_loader& events) {
  if (const auto* path = source.as_string()) return read_file(*path);
  if (const auto* data = string_member(source, "key_data")) return *data;
  if (const auto* event = string_member(source, "event_name")) {
    if (!events)
      return fail("key source event {}: events cannot be called here; use a file or key_data", *event);
    const auto* arguments = source.find("event_args");
    return events(*event, arguments ? *arguments : value());
  }
  if (string_member(source, "vault_mount")) {
    return fail("key source: this server has no vault client; use a file, key_data or an event");
  }
  return check_key_source(source).why();
}

}  // namespace godwit::net
