#include "control/options.hpp"

#include "config/codecs.hpp"

namespace godwit::control {

namespace {

bool is_octal(const std::string& mode) {
  return !mode.empty() && mode.size() <= 4 && mode.find_first_not_of("01234567") == std::string::npos;
}

std::optional<std::string> check(const socket_options& o) {
  if (!is_octal(o.mode)) return "mode must be octal digits, as in \"0660\"";
  if (!is_octal(o.trace_smtp_mode)) return "trace_smtp_mode must be octal digits, as in \"0640\"";
  if (o.max_connections == 0) return "max_connections must be at least 1";
  if (o.idle_timeout <= duration::zero()) return "idle_timeout must be more than zero";
  return std::nullopt;
}

}  // namespace

const config::options<socket_options>& socket_option_table() {
  static const auto& table = []() -> const config::options<socket_options>& {
    static config::options<socket_options> t("control", "The control socket that godwit console talks to: [control].");
    t.field("socket", &socket_options::socket,
            "Path of the Unix socket; by default /run/godwit/control.sock when its directory exists or can be made; empty: none.")
        .field("mode", &socket_options::mode, "Permissions of the socket, octal.")
        .field("group", &socket_options::group, "Group of the socket; its members are operators.")
        .field("admins", &socket_options::admins,
               "Users and groups with every command. Root and the user of the daemon always are admins.")
        .field("operators", &socket_options::operators, "Users and groups that may change queues, but not modules or the server.")
        .field("readers", &socket_options::readers, "Users and groups that may look.")
        .field("idle_timeout", &socket_options::idle_timeout, "A connection without a command for this long is closed.")
        .field("max_connections", &socket_options::max_connections, "Connections at a time.")
        .field("trace_smtp_mode", &socket_options::trace_smtp_mode, "Permissions of files that trace smtp add makes, octal.")
        .rule(check);
    return t;
  }();
  return table;
}

}  // namespace godwit::control
