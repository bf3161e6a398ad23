#pragma once
// The command line of godwitd (KumoMTA: command line, kumod).

#include <optional>
#include <string>
#include <variant>

namespace godwit::app {

struct arguments {
  std::optional<std::string> config;  ///< TOML file
  std::optional<std::string> policy;  ///< Lua file
  std::optional<std::string> user;
  std::optional<std::string> check_module;
  unsigned check_limit = 30;  ///< seconds for check_module
  std::optional<std::string> control_socket;  ///< instead of [control] socket; empty: none
  bool dump_metric_metadata = false;  ///< print them and exit
  bool validate = false;  ///< also --check: report every error, serve nobody
  std::string diag_log_dir;
  std::string diag_format = "full";
};

/// The arguments, or the exit status after --help, --version or a mistake (already printed).
std::variant<arguments, int> parse_arguments(int argc, char** argv);

}  // namespace godwit::app
