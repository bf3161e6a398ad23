#pragma once
// The core's commands (Momentum: console), registered by the daemon as owner "core". One file a noun:
// commands_<noun>.cpp.

#include <chrono>

#include "base/result.hpp"
#include "control/registry.hpp"
#include "hook/table.hpp"
#include "rt/loop.hpp"

namespace godwit::module {
class host;
}
namespace godwit::app {
class module_control;
}
namespace godwit::queue {
class manager;
}
namespace godwit::smtp {
class server;
}
namespace godwit::dns {
class resolver;
}
namespace godwit::rt {
class blocking_pool;
}

namespace godwit::app {

class statistics;
class trace_files;
struct settings;

/// What the commands use, looked at when they run; outlives them. Null as long as a part is not there.
struct command_services {
  control::registry& commands;
  rt::loop_group* loops = nullptr;
  hook::table* hooks = nullptr;
  queue::manager* queues = nullptr;
  module::host* modules = nullptr;
  module_control* module_changes = nullptr;
  smtp::server* smtp = nullptr;
  app::statistics* statistics = nullptr;
  dns::resolver* names = nullptr;
  rt::blocking_pool* pool = nullptr;
  rt::blocking_pool* module_pool = nullptr;
  const settings* config = nullptr;
  trace_files* traces = nullptr;
};

result<void> add_core_commands(command_services& s);

result<void> add_server_commands(command_services& s);
result<void> add_module_commands(command_services& s);
result<void> add_queue_commands(command_services& s);
result<void> add_purge_commands(command_services& s);
result<void> add_message_commands(command_services& s);
result<void> add_domain_commands(command_services& s);
result<void> add_connection_commands(command_services& s);
result<void> add_trace_commands(command_services& s);
result<void> add_dns_commands(command_services& s);
result<void> add_process_commands(command_services& s);
result<void> add_config_commands(command_services& s);

/// Runs the event reopen_logs; on a loop. An error names the module that failed.
rt::task<result<void>> reopen_logs(hook::table& hooks);

/// For columns and members that are milliseconds.
inline double milliseconds(std::chrono::nanoseconds d) { return std::chrono::duration<double, std::milli>(d).count(); }

/// A handler that never waits.
control::command_handler at_once(std::function<result<void>(control::invocation&)> body);
/// Adds them all; an error is the first that could not be.
result<void> add_commands(control::registry& to, std::vector<control::command> all);

}  // namespace godwit::app
