#include "queue/throttle.hpp"

#include <algorithm>

namespace godwit::queue {

namespace {

std::chrono::seconds round_up(duration d) { return std::chrono::ceil<std::chrono::seconds>(std::max(d, duration{0})); }

}  // namespace

throttle_result take(throttle_state& state, const config::throttle_spec& spec, duration now, std::uint64_t quantity) {
  const duration period = std::chrono::seconds(spec.period_seconds);
  throttle_result r{.limit = spec.limit};
  if (spec.limit == 0) {
    r.throttled = true;
    r.wait = period;
    r.reset_after = round_up(period);
    r.retry_after = r.reset_after;
    return r;
  }
  const auto interval = std::max(period / static_cast<std::int64_t>(spec.limit), duration{1});
  const auto burst = std::min(spec.max_burst.value_or(spec.limit), spec.limit - 1);
  const auto tolerance = interval * static_cast<std::int64_t>(burst + 1);
  const auto start = std::max(state.arrival, now);
  const auto arrival = start + interval * static_cast<std::int64_t>(quantity);
  const auto allowed_at = arrival - tolerance;
  auto backlog = start - now;
  if (allowed_at > now) {
    r.throttled = true;
    r.wait = allowed_at - now;
    r.retry_after = round_up(r.wait);
  } else {
    state.arrival = arrival;
    backlog = arrival - now;
  }
  r.remaining = backlog < tolerance ? static_cast<std::uint64_t>((tolerance - backlog) / interval) : 0;
  r.reset_after = round_up(backlog);
  return r;
}

std::string throttle_key(std::string_view name, const config::throttle_spec& spec) {
  return fmt::format("{}:{}:{}:{}", name, spec.limit, spec.max_burst.value_or(spec.limit), spec.period_seconds);
}

}  // namespace godwit::queue
