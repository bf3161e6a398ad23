#pragma once
// Scheduled queues of the server itself (KumoMTA: queue names): their options are built in, get_queue_config is not asked.

#include <optional>
#include <string_view>

#include "queue/queue_config.hpp"

namespace godwit::queue {

/// Mail of listeners with deferred_queue, until smtp_server_message_deferred_inject has seen it.
inline constexpr std::string_view deferred_smtp_inject_queue = "deferred_smtp_inject.kumomta.internal";
/// Its agent's name for manager::set_agent().
inline constexpr std::string_view deferred_smtp_inject_agent = "deferred_smtp_inject";

/// Nothing for all other queues.
std::optional<queue_config> built_in_config(std::string_view queue_name);

}  // namespace godwit::queue
