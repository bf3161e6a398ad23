#pragma once
// One-shot and repeated wake-ups between coroutines of one loop.

#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::rt {

/// Waiters and notifier are on the same loop. A notification without a waiter is remembered once.
class event {
 public:
  explicit event(loop& owner);
  /// True when notified, false when `limit` was over first.
  task<bool> wait(std::chrono::nanoseconds limit);
  task<> wait();
  void notify();  ///< wakes all waiters

 private:
  timer timer_;
  bool pending_ = false;
  std::uint64_t generation_ = 0;
};

}  // namespace godwit::rt
