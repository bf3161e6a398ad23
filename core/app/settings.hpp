#pragma once
// The configuration file (conf/godwit.toml) as one struct per part, with every problem found in it.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "app/scopes.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "config/options.hpp"
#include "config/toml.hpp"
#include "control/options.hpp"
#include "dns/options.hpp"
#include "http/listener_options.hpp"
#include "smtp/listener_options.hpp"
#include "spool/options.hpp"

namespace godwit::app {

/// [runtime]
struct runtime_settings {
  std::uint32_t loops = 0;          ///< event loops; 0: one per core
  std::uint32_t blocking_threads = 8;
  std::uint32_t module_threads = 32;
  std::optional<std::string> user;  ///< to run as
  std::vector<std::string> module_path;
  std::uint64_t memory_soft_limit = 0;  ///< bytes; 0: 75 % of the limit of the cgroup or machine
};

/// [log]: the diagnostic log.
struct log_settings {
  std::string filter = "info";
  std::string dir;
  std::string format = "full";
};

/// A file with names that only modules can know: spool kinds, protocols. It is read again once they are loaded.
struct unsettled_names {
  config::toml_document source;
  config::problems told;  ///< by the first reading
};

struct settings {
  runtime_settings runtime;
  log_settings log;
  control::socket_options control;
  std::optional<std::string> policy;
  std::optional<dns::resolver_options> dns;
  std::vector<spool::store_options> spools;
  std::vector<smtp::listener_options> listeners;
  std::vector<http::listener_options> http_listeners;
  std::vector<std::string> listener_names, http_names;  ///< of the first ones, which the file defines: [listener.NAME]
  std::map<std::string, object> modules;  ///< enabled ones, without the key `enabled`
  std::set<std::string> disabled_modules;  ///< with `enabled = false`: not loaded for a script either
  std::shared_ptr<scopes> queues = std::make_shared<scopes>();
  std::shared_ptr<const unsettled_names> unsettled;  ///< null: nothing to settle
};

const config::options<runtime_settings>& runtime_options();
const config::options<log_settings>& log_options();

/// A configuration file as read. What has problems holds its defaults: the rest can still be checked.
struct configuration {
  settings content;
  config::toml_document source;
  config::problems found;

  /// Every problem, one a line: "godwit.toml:12: listener.smtp.baner: unknown key …".
  std::string describe() const;
};

/// The error: the file cannot be read, or is no TOML.
result<configuration> load_configuration(const std::string& file);
/// Same, for text that is not in a file; `name` stands for the file name.
result<configuration> parse_configuration(std::string_view text, const std::string& name);
/// The second reading, with enabled modules loaded: spools and queues, with every name known or an error that tells what
/// was not found before.
result<void> settle(settings& s);

}  // namespace godwit::app
