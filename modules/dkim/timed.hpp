#pragma once
// Time into a histogram.

#include <chrono>

#include <godwit/metrics.hpp>

namespace dkim {

/// Observes its own life.
class timed {
 public:
  explicit timed(godwit::sdk::histogram& into) : into_(into) {}
  timed(const timed&) = delete;
  ~timed() { into_.observe(std::chrono::steady_clock::now() - began_); }

 private:
  godwit::sdk::histogram& into_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace dkim
