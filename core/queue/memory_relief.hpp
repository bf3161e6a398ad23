#pragma once
// What queued messages release when memory is scarce (KumoMTA: ready queues, memory).

#include "queue/egress_path.hpp"
#include "queue/queue_entry.hpp"

namespace godwit::queue {

/// Where the process stands: above the low threshold memory is low, above the soft limit there is none left.
enum class memory_level { enough, low, none };

/// What a message releases that enters a ready queue of this path.
memory_policy policy_at(memory_level level, const egress_path_config& path);

/// Whether the spool has all of the message, so that it may leave memory.
bool is_saved(const queue_entry& e);

/// Lets go of what the policy names; nothing happens to a message that is not saved.
void release_memory(queue_entry& e, memory_policy policy);

}  // namespace godwit::queue
