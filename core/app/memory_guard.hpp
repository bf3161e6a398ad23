#pragma once
// Load shedding: above the soft limit no mail is taken in (reference/kumo section 20).

#include <atomic>
#include <cstdint>

namespace godwit::app {

/// check() on one thread, is_over_limit() on any.
class memory_guard {
 public:
  /// 0: 75 % of the smallest of cgroup limit, RLIMIT_AS and physical memory.
  explicit memory_guard(std::uint64_t soft_limit);

  void check();  ///< reads the resident set size; logs a change of state
  bool is_over_limit() const { return over_.load(std::memory_order_relaxed); }
  void set_soft_limit(std::uint64_t bytes);  ///< before check() is called elsewhere

 private:
  std::uint64_t soft_limit_;
  std::atomic<bool> over_{false};
};

}  // namespace godwit::app
