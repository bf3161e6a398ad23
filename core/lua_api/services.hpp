#pragma once
// What the functions declared to scripts reach of the rest of the program. Filled by the app as its parts
// come to life.

#include <atomic>
#include <functional>
#include <string>

#include "base/result.hpp"
#include "base/value.hpp"
#include "rt/task.hpp"

namespace godwit::dns {
class resolver;
}
namespace godwit::queue {
class manager;
class policy;
}  // namespace godwit::queue
namespace godwit::spool {
class spool;
}
namespace godwit::lua {
class engine;
}

namespace godwit::lua_api {

class config_monitor;
class memo_store;
class startup_sink;

/// One for the daemon; outlives all VMs. Pointers are set before the loops serve anybody and stay.
struct services {
  lua::engine* engine = nullptr;
  dns::resolver* names = nullptr;
  spool::spool* store = nullptr;     ///< null until the spool is open
  queue::manager* queues = nullptr;  ///< null until it runs
  startup_sink* startup = nullptr;   ///< set while pre_init and init run
  memo_store* memos = nullptr;
  config_monitor* monitor = nullptr;
  queue::policy* queue_events = nullptr;  ///< for kumo.invoke_get_…
  std::string version;
  /// Bumps the epoch and loads the policy again.
  std::function<rt::task<result<void>>()> reload;
  std::atomic<bool> validation_failed{false};
  /// Of kumo.aaa: how long answers of get_acl_definition hold, and whether the built-in lists stand behind them.
  std::atomic<std::int64_t> acl_cache_ttl_ns{300'000'000'000};
  std::atomic<bool> falls_back_to_acl_map{true};
};

/// The sink while starting, else an error that names the function.
startup_sink& starting(services& s, const char* function);

}  // namespace godwit::lua_api
