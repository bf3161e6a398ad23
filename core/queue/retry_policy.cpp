#include "queue/retry_policy.hpp"

#include <algorithm>

namespace godwit::queue {

namespace {

// Longer than any queue lives, far from overflow when added to a time.
constexpr duration longest = std::chrono::hours(24 * 365 * 20);

mail::response expiry(std::string text) {
  return {.code = 551, .enhanced = mail::enhanced_code{5, 4, 7}, .content = std::move(text), .command = {}};
}

std::optional<mail::response> past_expiry(const mail::schedule& s, wall_time due) {
  if (!s.expires || due < *s.expires) return std::nullopt;
  return expiry(fmt::format("Next delivery time would be at {} which exceeds the expiry time {} configured via set_scheduling",
                            format_rfc3339(due), format_rfc3339(*s.expires)));
}

mail::response past_max_age(const queue_config& q, duration age) {
  const duration whole = age < std::chrono::seconds(10) ? duration(std::chrono::round<std::chrono::milliseconds>(age))
                                                        : duration(std::chrono::round<std::chrono::seconds>(age));
  return expiry(fmt::format("Next delivery time would be {} after creation, which exceeds max_age={}",
                            format_duration(whole), format_duration(q.max_age)));
}

/// An expiry of the message's own replaces max_age.
std::optional<mail::response> past_age(const queue_config& q, const mail::schedule* schedule, duration age_when_due) {
  const bool has_own_expiry = schedule && schedule->expires;
  if (has_own_expiry || age_when_due <= q.max_age) return std::nullopt;
  return past_max_age(q, age_when_due);
}

wall_time add(wall_time t, duration d) { return t + std::chrono::duration_cast<wall_time::duration>(d); }

retry_plan settle_due(const mail::schedule* schedule, wall_time due) {
  retry_plan plan{.due = due, .expired = {}};
  if (!schedule) return plan;
  plan.due = schedule->adjust(due);
  plan.expired = past_expiry(*schedule, plan.due);
  return plan;
}

/// Sum of delay(i) for first <= i < last, no more than `longest`.
duration sum_delays(const queue_config& q, std::uint32_t first, std::uint32_t last) {
  duration sum{0};
  for (auto i = first; i < last && sum < longest; ++i) {
    const auto d = retry_delay(q, i);
    if (i > 0 && d == retry_delay(q, i - 1)) {  // the cap is reached: the rest is alike
      if (d == duration{0}) break;
      const auto n = static_cast<std::int64_t>(last - i);
      return sum + (n > longest / d ? longest : d * n);
    }
    sum += d;
  }
  return std::min(sum, longest);
}

}  // namespace

wall_time first_due(const mail::message& m, wall_time now) {
  auto due = m.due.value_or(now);
  if (m.schedule) {
    if (m.schedule->first_attempt) due = std::max(due, *m.schedule->first_attempt);
    due = m.schedule->adjust(std::max(due, now));
  }
  return due;
}

duration retry_delay(const queue_config& q, std::uint32_t attempts) {
  const auto cap = std::min(q.max_retry_interval.value_or(longest), longest);
  auto delay = std::max(q.retry_interval, duration{0});
  for (std::uint32_t i = 0; i < attempts && delay < cap && delay > duration{0}; ++i) delay *= 2;
  return std::min(delay, cap);
}

duration retry_jitter(const queue_config& q, double chance) {
  using fraction = std::chrono::duration<double>;
  const double spread = std::min(fraction(q.retry_interval).count() / 20.0, 60.0);
  return std::chrono::seconds(static_cast<std::int64_t>((chance - 0.5) * spread));
}

retry_plan plan_retry(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time now,
                      std::uint32_t attempts, double chance, std::optional<duration> own_delay) {
  const auto delay = own_delay.value_or(retry_delay(q, attempts));
  if (auto late = past_age(q, schedule, now - created + delay)) return {.due = {}, .expired = std::move(late)};
  return settle_due(schedule, add(now, std::max(own_delay ? delay : delay + retry_jitter(q, chance), duration{0})));
}

retry_plan plan_hold(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time due) {
  if (auto late = past_age(q, schedule, due - created)) return {.due = {}, .expired = std::move(late)};
  return settle_due(schedule, due);
}

bool binds_holds(const mail::schedule& schedule) { return schedule.expires || schedule.restriction; }

std::uint16_t infer_attempts(const queue_config& q, duration age) {
  constexpr std::uint32_t most = 0xffff;
  duration elapsed{0};
  for (std::uint32_t n = 0; n < most; ++n) {
    const auto d = retry_delay(q, n);
    if (d <= duration{0} || elapsed + d > age) return static_cast<std::uint16_t>(n);
    if (n > 0 && d == retry_delay(q, n - 1)) {
      return static_cast<std::uint16_t>(std::min<std::int64_t>(most, n + (age - elapsed) / d));
    }
    elapsed += d;
  }
  return most;
}

retry_plan plan_after_restart(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time now,
                              std::uint32_t attempts) {
  const duration age = now - created;
  const bool has_own_expiry = schedule && schedule->expires;
  if (!has_own_expiry && age >= q.max_age) return {.due = {}, .expired = past_max_age(q, age)};
  const auto due = std::max(now, add(created, sum_delays(q, 1, attempts)));
  auto first = due;
  if (schedule && schedule->first_attempt) first = std::max(first, *schedule->first_attempt);
  return settle_due(schedule, first);
}

}  // namespace godwit::queue
