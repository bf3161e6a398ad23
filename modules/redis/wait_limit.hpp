#pragma once
// How long a blocking step may take, and whether anybody still waits for it.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include <godwit/host.hpp>

namespace redis {

using clock = std::chrono::steady_clock;
/// Asked now and then during waits, on the pool's thread.
using is_unwanted = std::function<bool()>;

/// "30s", "250ms": for error texts.
inline std::string shown(std::chrono::nanoseconds d) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + "s" : std::to_string(ms) + "ms";
}

class wait_limit {
 public:
  /// `what` completes "no … within 30s (…)": "response to GET", and `option` names the setting.
  wait_limit(std::chrono::nanoseconds limit, std::string what, std::string option, is_unwanted unwanted = {})
      : end_(clock::now() + limit),
        limit_(limit),
        what_(std::move(what)),
        option_(std::move(option)),
        unwanted_(std::move(unwanted)) {}

  /// The longest to sleep before looking again. Throws failure when the time is over or nobody waits.
  std::chrono::milliseconds slice() const {
    using namespace std::chrono_literals;
    if (unwanted_ && unwanted_()) throw godwit::sdk::failure("given up: nobody waits for the answer");
    const auto left = end_ - clock::now();
    if (left <= 0ns)
      throw godwit::sdk::failure("no " + what_ + " within " + shown(limit_) + " (" + option_ + ")");
    return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(left), 1ms, 100ms);
  }

 private:
  clock::time_point end_;
  std::chrono::nanoseconds limit_;
  std::string what_, option_;
  is_unwanted unwanted_;
};

}  // namespace redis
