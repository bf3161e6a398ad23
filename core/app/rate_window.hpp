#pragma once
// How fast a count grew over the last minute. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <deque>

namespace godwit::app {

class rate_window {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr auto length = std::chrono::seconds(60);

  /// To be told once a second.
  void note(time_point now, std::uint64_t count);
  /// Forgets what was before.
  void restart(time_point now, std::uint64_t count);
  /// A second.
  double rate(time_point now, std::uint64_t count) const;

 private:
  struct sample {
    time_point at;
    std::uint64_t count = 0;
  };
  std::deque<sample> samples_;  ///< oldest first
};

}  // namespace godwit::app
