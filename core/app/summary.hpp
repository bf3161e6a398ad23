#pragma once
// What waits where, for SIGUSR1: one line a queue in the diagnostic log.

#include "queue/manager.hpp"

namespace godwit::app {

void log_queue_summary(const queue::manager& queues);

}  // namespace godwit::app
