#pragma once
// Rates by the generic cell rate algorithm (KumoMTA: throttles). Pure: time is passed in.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "config/throttle_spec.hpp"

namespace godwit::queue {

struct throttle_result {
  bool throttled = false;
  std::uint64_t limit = 0;
  std::uint64_t remaining = 0;
  std::chrono::seconds reset_after{0};                ///< rounded up
  std::optional<std::chrono::seconds> retry_after{};  ///< rounded up; nothing when allowed
  duration wait{0};                                   ///< retry_after before rounding
};

/// State of one key: when the last admitted quantity will have been worked off.
struct throttle_state {
  duration arrival = duration::min();
};

/// Admits `quantity` at `now` (any clock) or says how long to wait; changes `state` only when admitted. The local
/// store allows a burst of at most the limit, so at most `limit` at once.
throttle_result take(throttle_state& state, const config::throttle_spec& spec, duration now, std::uint64_t quantity = 1);

/// NAME:LIMIT:BURST:PERIOD_SECONDS: a changed rate starts with a fresh state.
std::string throttle_key(std::string_view name, const config::throttle_spec& spec);

}  // namespace godwit::queue
