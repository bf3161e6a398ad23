#include "queue/special_queue.hpp"

namespace godwit::queue {

std::optional<queue_config> built_in_config(std::string_view queue_name) {
  if (queue_name != deferred_smtp_inject_queue) return std::nullopt;
  queue_config config;
  config.retry_interval = std::chrono::minutes(1);
  config.max_age = std::chrono::hours(24 * 7);
  config.protocol.provided = protocol_config::provided_table{std::string(deferred_smtp_inject_agent), object{}};
  return config;
}

}  // namespace godwit::queue
