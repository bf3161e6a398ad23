#pragma once
// Loads modules, drives their life cycle, unloads them. One for the daemon.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "config/options.hpp"
#include "module/services.hpp"
#include "rt/task.hpp"

struct godwit_instance;

namespace godwit::module {

struct shared_state;

struct module_info {
  std::string name;
  std::string version;
  std::string summary;
  std::string file;
  std::string abi;       ///< "1.0"
  std::string phase;     ///< "started"
  std::size_t open = 0;  ///< calls, jobs and look-ups in progress
};

/// Life-cycle functions are called by one thread at a time: the main thread before the loops run, later the
/// first loop. Everything here but refusal() is called there.
class host {
 public:
  explicit host(services s);
  ~host();
  host(const host&) = delete;

  /// Loads DIRECTORY/name.so, shakes hands, checks, configures and initialises: hooks and Lua functions exist
  /// afterwards, so call it before the policy runs. `settings`: the table [modules.NAME]; a key `enabled` is
  /// not the module's.
  result<void> load(const std::string& name, const std::string& file, const object& settings);
  /// What is wrong with `settings`, with paths as in the table; for --check. Loads the file and builds the
  /// module from them, to let go of both again; one that runs already is asked about their form alone.
  result<void> check_settings(const std::string& name, const std::string& file, const object& settings,
                              config::problems& out) const;
  /// Starts what has been loaded and not started.
  result<void> start();
  /// Drains and stops all, last loaded first; each has `limit` to finish its open calls. Await it on a loop,
  /// before the loops stop. A module that keeps an open spool stays: close that and call again.
  rt::task<> stop(std::chrono::nanoseconds limit);
  /// Loads a module into the running server: its hooks, functions and sinks are seen once it has started. A function, route or
  /// protocol that is taken is an error only then; nothing of the module was seen.
  result<void> load_online(const std::string& name, const std::string& file, const object& settings);
  /// One module. An error when it is unknown, keeps the open spool, or did not drain in time (it is then stopped all the
  /// same).
  rt::task<result<void>> unload(std::string name, std::chrono::nanoseconds limit);

  /// A new instance from what the file is now, in place of the running one, whose open calls have `limit` to end. Hook calls,
  /// deliveries, requests and scripts' calls that come meanwhile wait, log records are kept. `how` is an error, and
  /// - nothing has changed, when file or settings are refused, or the module is unknown, keeps the open spool or is being changed;
  /// - the former code and settings work in another instance, when the new one does not start or a name it wants is taken;
  /// - the module is gone, when that does not start either, or calls of the former instance did not end in time;
  /// - the new instance works, when it started and calls of the former one did not end in time: they go on there.
  struct reloaded {
    result<void> how;
    bool is_exchanged = false;  ///< also after an error: the former instance is stopped, has() says whether another one is there
  };
  rt::task<reloaded> reload(std::string name, std::string file, object settings, std::chrono::nanoseconds limit);

  std::vector<module_info> list() const;
  bool has(std::string_view name) const;
  /// Why no mail can be taken now, as modules say (a log disk is full); nullopt when all is well. Any thread,
  /// one load.
  std::optional<std::string> refusal() const;

 private:
  using instance_ref = std::shared_ptr<godwit_instance>;
  class change;
  using place = std::vector<instance_ref>::const_iterator;
  place find(std::string_view name) const;
  struct candidate {
    instance_ref one;
    value settings;
  };
  result<candidate> open(const std::string& name, const std::string& file, const object& settings) const;
  result<void> keep(candidate c, result<void> (*bring)(godwit_instance&, const value&));
  error restore(const instance_ref& former, bool is_drained, const error& why);
  rt::task<bool> retire(instance_ref one, std::chrono::nanoseconds limit);
  void end(const instance_ref& one);
  void sweep();

  std::shared_ptr<shared_state> shared_;
  std::vector<instance_ref> modules_;    ///< in order of loading
  std::string changing_;                 ///< the module being unloaded or reloaded
  std::vector<instance_ref> undrained_;  ///< stopped with calls open: destroyed once those have ended
};

/// What `godwitd --check-module FILE` prints: identity, settings, what it provides. An error says why it is
/// refused. Runs load and init against a host that serves nobody.
result<std::string> check_module(const std::string& file);

}  // namespace godwit::module
