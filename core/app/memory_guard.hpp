#pragma once
// How much memory the process uses, against three limits (KumoMTA: memory): above the low threshold queued
// messages leave memory, above the soft limit no mail is taken in, the hard limit is what cgroup or machine allow.

#include <atomic>
#include <cstdint>
#include <functional>

#include "queue/memory_relief.hpp"

namespace godwit::app {

/// check() on one thread, level() on any.
class memory_guard {
 public:
  /// 0: 75 % of the smallest of cgroup limit, RLIMIT_AS and physical memory.
  explicit memory_guard(std::uint64_t soft_limit);

  // In bytes; before check() is called elsewhere. What is not set follows from the limit above it.
  void set_hard_limit(std::uint64_t bytes);     ///< soft limit: 75 % of it
  void set_soft_limit(std::uint64_t bytes);     ///< low threshold: 80 % of it
  void set_low_threshold(std::uint64_t bytes);

  void check();  ///< reads the resident set size; logs a change of state
  queue::memory_level level() const { return level_.load(std::memory_order_relaxed); }
  bool is_over_limit() const { return level() == queue::memory_level::none; }

 private:
  void derive();

  std::uint64_t hard_, soft_, low_ = 0;
  bool is_soft_given_ = false, is_low_given_ = false;
  std::atomic<queue::memory_level> level_{queue::memory_level::enough};
};

}  // namespace godwit::app
