#pragma once
// How the `protocol` table of a queue reads from a value: exactly one of smtp, custom_lua, or a table or keys that a module
// provides (protocol_registry.hpp).

#include "config/options.hpp"
#include "queue/queue_config.hpp"

namespace godwit::config {

template <>
struct codec<queue::protocol_config::mx_host> {
  static std::string type() { return "\"host[:port]\", \"[ip][:port]\" or {name, addr}"; }
  static void read(queue::protocol_config::mx_host& out, const value& v, problems& p, const std::string& path);
  static value render(const queue::protocol_config::mx_host& v);
};

template <>
struct codec<queue::protocol_config> {
  static std::string type() { return "table"; }
  static void read(queue::protocol_config& out, const value& v, problems& p, const std::string& path);
  static value render(const queue::protocol_config& v);
};

}  // namespace godwit::config
