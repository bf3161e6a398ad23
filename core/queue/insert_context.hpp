#pragma once
// Why a message enters a queue (KumoMTA: retries); the names appear in Delayed records and in requeue_message.

#include <string_view>

namespace godwit::queue {

enum class insert_context {
  received, enumerated, scheduled_for_later, ready_queue_was_suspended, message_rate_throttle,
  throttled_by_throttle_insert_ready_queue, ready_queue_was_full, failed_to_insert_into_ready_queue,
  message_get_queue_name_failed, admin_rebind, due_time_was_reached, max_ready_was_reduced_by_config_update,
  ready_queue_was_delayed_due_to_low_memory, failed_due_to_null_mx, mx_resolved_to_zero_hosts, mx_was_prohibited,
  mx_was_skipped, too_many_connection_failures, too_many_recipients, connection_rate_throttle,
  logged_transient_failure,
};
std::string_view insert_context_name(insert_context c);  ///< "Received", …

}  // namespace godwit::queue
