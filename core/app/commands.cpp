#include "app/commands.hpp"

namespace godwit::app {

control::command_handler at_once(std::function<result<void>(control::invocation&)> body) {
  return [body = std::move(body)](control::invocation call) -> rt::task<result<void>> { co_return body(call); };
}

result<void> add_commands(control::registry& to, std::vector<control::command> all) {
  for (auto& one : all) {
    if (auto added = to.add("core", std::move(one)); !added) return added;
  }
  return {};
}

result<void> add_core_commands(command_services& s) {
  for (auto* add : {add_server_commands, add_module_commands, add_queue_commands, add_purge_commands, add_message_commands,
                    add_domain_commands, add_connection_commands, add_trace_commands, add_dns_commands, add_process_commands,
                    add_config_commands}) {
    if (auto added = add(s); !added) return added;
  }
  return {};
}

}  // namespace godwit::app
