#pragma once
// [control] of the configuration: the socket and who may do what over it.

#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "config/options.hpp"

namespace godwit::control {

struct socket_options {
  std::optional<std::string> socket;  ///< absent: /run/godwit/control.sock when that can be made; empty: none
  std::string mode = "0660";
  std::optional<std::string> group;
  std::vector<std::string> admins, operators, readers;  ///< names of users or groups
  duration idle_timeout = std::chrono::minutes(30);
  std::uint32_t max_connections = 64;
  std::string trace_smtp_mode = "0640";  ///< Momentum: trace_smtp_mode
};

const config::options<socket_options>& socket_option_table();

constexpr const char* default_socket = "/run/godwit/control.sock";

}  // namespace godwit::control
