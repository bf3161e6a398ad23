#pragma once
// When a message is tried again, and when it is too late (KumoMTA: retries). Pure: time and chance are passed in.

#include <cstdint>
#include <optional>

#include "base/duration.hpp"
#include "mail/message.hpp"
#include "mail/response.hpp"
#include "mail/schedule.hpp"
#include "queue/queue_config.hpp"

namespace godwit::queue {

/// retry_interval * 2^attempts, capped by max_retry_interval; `attempts` before the increment, from 0.
duration retry_delay(const queue_config& q, std::uint32_t attempts);

/// Uniform in [-m/2, m/2) with m = min(retry_interval / 20, 60 s), truncated to whole seconds; `chance` in [0, 1).
duration retry_jitter(const queue_config& q, double chance);

/// When a message that was just received may go first: now, its due time, or what its schedule says.
wall_time first_due(const mail::message& m, wall_time now);

struct retry_plan {
  wall_time due{};
  std::optional<mail::response> expired;  ///< 551 5.4.7: the message is to be given up
};

/// After a failed attempt. `schedule` may be null. `own_delay` takes the place of delay and jitter.
retry_plan plan_retry(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time now,
                      std::uint32_t attempts, double chance, std::optional<duration> own_delay = {});

/// A wait until `due` that counts as no attempt (throttles, suspensions, a full ready queue, scheduling); the same expiry.
retry_plan plan_hold(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time due);
/// Whether plan_hold() may answer otherwise than without `schedule`: a first attempt alone lies behind.
bool binds_holds(const mail::schedule& schedule);

/// Attempts that a message of this age has had, when only its creation is known.
std::uint16_t infer_attempts(const queue_config& q, duration age);

/// Next due time of a message found in the spool, or its expiry.
retry_plan plan_after_restart(const queue_config& q, const mail::schedule* schedule, wall_time created, wall_time now,
                              std::uint32_t attempts);

}  // namespace godwit::queue
