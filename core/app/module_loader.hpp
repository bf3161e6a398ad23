#pragma once
// Loads a module when a script asks for it: `require 'sqlite'` on a server whose configuration does not name
// it.

#include <atomic>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "module/module_host.hpp"
#include "rt/loop.hpp"

namespace godwit::app {

/// One for the daemon; outlives the VMs that ask it.
class module_loader {
 public:
  /// `disabled`: names that the configuration says no to.
  module_loader(module::host& modules, rt::loop_group& loops, std::vector<std::string> module_path,
                std::set<std::string> disabled);

  /// What lua::registry::set_loader takes: true when `name` is a module that is loaded now and was not
  /// before. On any loop. The first loop owns the modules, so that another one waits for it, for a bounded
  /// time.
  bool load(std::string_view name);
  /// Whether scripts get the module when they ask; on the first loop once the loops run.
  void allow(const std::string& name) { disabled_.erase(name); }
  void forbid(const std::string& name) { disabled_.insert(name); }
  /// From now on modules are started as well: the server runs.
  void set_started() { is_started_ = true; }

 private:
  bool load_here(const std::string& name, const std::string& file);

  module::host& modules_;
  rt::loop_group& loops_;
  std::vector<std::string> module_path_;
  std::set<std::string> disabled_;  ///< the first loop's
  std::atomic<bool> is_started_{false};
};

}  // namespace godwit::app
