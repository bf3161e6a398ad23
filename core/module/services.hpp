#pragma once
// What the module host needs of the rest of the daemon, handed in by the application.

#include <chrono>
#include <functional>
#include <string>

#include "hook/table.hpp"
#include "mail/message.hpp"
#include "rt/task.hpp"

namespace godwit::control {
class registry;
}
namespace godwit::dns {
class resolver;
}
namespace godwit::http {
class router;
}
namespace godwit::lua {
class registry;
}
namespace godwit::rt {
class blocking_pool;
class loop_group;
}  // namespace godwit::rt

namespace godwit::module {

class record_dispatcher;

/// All outlive the module host. `resolver` may be null: look-ups then fail; so may `routes`: they then serve nobody.
struct services {
  hook::table& hooks;
  lua::registry& scripts;
  record_dispatcher& records;
  rt::loop_group& loops;
  rt::blocking_pool& pool;
  dns::resolver* resolver = nullptr;
  http::router* routes = nullptr;
  control::registry* commands = nullptr;  ///< null: commands of modules are dropped
  /// Brings the message's data into memory; false when that failed. Empty: only data already there can be
  /// used.
  std::function<rt::task<bool>(mail::message_ref)> load_data;
  std::string hostname;
  std::string node_id;  ///< the server's UUID, in log records
  std::string version;
  /// After so long in one life-cycle function the log names module and phase.
  std::chrono::nanoseconds slow_phase = std::chrono::seconds(5);
};

}  // namespace godwit::module
