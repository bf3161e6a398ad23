#include "app/arguments.hpp"

#include <iostream>

#include <CLI/CLI.hpp>

#include "app/version.hpp"

namespace godwit::app {

std::variant<arguments, int> parse_arguments(int argc, char** argv) {
  arguments out;
  CLI::App cli{"Godwit, a mail transfer agent.", "godwitd"};
  cli.set_version_flag("--version", std::string(version));
  cli.add_option("--config", out.config, "Configuration file (TOML); may name a policy.");
  cli.add_option("--policy", out.policy, "Lua policy to run.");
  cli.add_option("--user", out.user, "User to run as; needed when started as root.");
  cli.add_flag("--validate,--check", out.validate, "Report every error of configuration and policy, then exit.");
  cli.add_option("--check-module", out.check_module, "Say what a module file provides and needs, then exit.");
  cli.add_option("--check-limit", out.check_limit, "Seconds that --check-module may take; default: 30.");
  cli.add_flag("--dump-metric-metadata", out.dump_metric_metadata, "Print name, type, labels and help of every metric as JSON, then exit.");
  cli.add_option("--control-socket", out.control_socket, "Path of the control socket; empty: none.");
  cli.add_option("--diag-log-dir", out.diag_log_dir, "Directory of the diagnostic log; default: standard error.");
  cli.add_option("--diag-format", out.diag_format, "Format of the diagnostic log.")
      ->check(CLI::IsMember({"full", "compact", "pretty", "json"}));
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return cli.exit(e);
  }
  if (!out.config && !out.policy && !out.check_module && !out.dump_metric_metadata) {
    std::cerr << "godwitd: name a policy with --policy FILE.lua or a configuration with --config FILE.toml\n";
    return 2;
  }
  return out;
}

}  // namespace godwit::app
