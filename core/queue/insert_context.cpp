#include "queue/insert_context.hpp"

namespace godwit::queue {

std::string_view insert_context_name(insert_context c) {
  switch (c) {
    case insert_context::received: return "Received";
    case insert_context::enumerated: return "Enumerated";
    case insert_context::scheduled_for_later: return "ScheduledForLater";
    case insert_context::ready_queue_was_suspended: return "ReadyQueueWasSuspended";
    case insert_context::message_rate_throttle: return "MessageRateThrottle";
    case insert_context::throttled_by_throttle_insert_ready_queue: return "ThrottledByThrottleInsertReadyQueue";
    case insert_context::ready_queue_was_full: return "ReadyQueueWasFull";
    case insert_context::failed_to_insert_into_ready_queue: return "FailedToInsertIntoReadyQueue";
    case insert_context::message_get_queue_name_failed: return "MessageGetQueueNameFailed";
    case insert_context::admin_rebind: return "AdminRebind";
    case insert_context::due_time_was_reached: return "DueTimeWasReached";
    case insert_context::max_ready_was_reduced_by_config_update: return "MaxReadyWasReducedByConfigUpdate";
    case insert_context::ready_queue_was_delayed_due_to_low_memory: return "ReadyQueueWasDelayedDueToLowMemory";
    case insert_context::failed_due_to_null_mx: return "FailedDueToNullMx";
    case insert_context::mx_resolved_to_zero_hosts: return "MxResolvedToZeroHosts";
    case insert_context::mx_was_prohibited: return "MxWasProhibited";
    case insert_context::mx_was_skipped: return "MxWasSkipped";
    case insert_context::too_many_connection_failures: return "TooManyConnectionFailures";
    case insert_context::too_many_recipients: return "TooManyRecipients";
    case insert_context::connection_rate_throttle: return "ConnectionRateThrottle";
    case insert_context::logged_transient_failure: return "LoggedTransientFailure";
  }
  return "Unknown";
}

}  // namespace godwit::queue
