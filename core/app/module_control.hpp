#pragma once
// Modules come, go and are replaced while the server works: finds file and settings as they are now, and lets the policy see
// what changed.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "rt/task.hpp"

namespace godwit::module {
class host;
}

namespace godwit::app {

class module_loader;

/// Used on the first loop. What it returns is for the operator. A change that has begun goes on when the operator leaves.
class module_control {
 public:
  struct parts {
    module::host& modules;
    module_loader& on_request;
    std::function<rt::task<result<void>>()> renew_policy;
    std::optional<std::string> config_file;  ///< none: modules get no settings
    std::vector<std::string> module_path;
    const std::map<std::string, object>& first_settings;  ///< of modules that the start loads
  };
  explicit module_control(parts p) : parts_(std::move(p)) {}

  rt::task<result<std::string>> load(std::string name);
  rt::task<result<std::string>> unload(std::string name);
  rt::task<result<std::string>> reload(std::string name);
  /// Names of modules that are installed and not loaded.
  std::vector<std::string> loadable() const;
  /// What a module was given when it was loaded.
  object settings_of(const std::string& name) const;

 private:
  struct source {
    std::string file;
    object settings;
  };
  result<source> find(const std::string& name) const;
  rt::task<result<std::string>> tell(std::string name, std::string done);

  parts parts_;
  std::map<std::string, object> given_;  ///< settings of modules that were loaded or replaced since the start
};

}  // namespace godwit::app
