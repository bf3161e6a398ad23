#include "queue/retry_policy.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::queue;
using namespace std::chrono_literals;

namespace {

const wall_time start{std::chrono::sys_days{std::chrono::year{2026} / 1 / 5}};

}  // namespace

TEST_CASE("the delay doubles up to the cap") {
  queue_config q;
  CHECK(retry_delay(q, 0) == 20min);
  CHECK(retry_delay(q, 1) == 40min);
  CHECK(retry_delay(q, 5) == 640min);
  q.max_retry_interval = 1h;
  CHECK(retry_delay(q, 1) == 40min);
  CHECK(retry_delay(q, 2) == 1h);
  CHECK(retry_delay(q, 60000) == 1h);
  q.max_retry_interval.reset();
  CHECK(retry_delay(q, 60000) > 24h * 365);
}

TEST_CASE("jitter is a twentieth of the interval, a minute at most, in whole seconds") {
  queue_config q;  // 20 min: m = 60 s
  CHECK(retry_jitter(q, 0.0) == -30s);
  CHECK(retry_jitter(q, 0.5) == 0s);
  CHECK(retry_jitter(q, 0.999) == 29s);
  q.retry_interval = 5min;  // m = 15 s
  CHECK(retry_jitter(q, 0.0) == -7s);
  q.retry_interval = 1s;
  CHECK(retry_jitter(q, 0.0) == 0s);
}

TEST_CASE("a retry is due after delay and jitter") {
  queue_config q;
  const auto plan = plan_retry(q, nullptr, start, start + 1h, 1, 0.0);
  REQUIRE_FALSE(plan.expired);
  CHECK(plan.due == start + 1h + 40min - 30s);
}

TEST_CASE("a retry past max_age expires") {
  queue_config q;
  q.max_age = 1h;
  const auto plan = plan_retry(q, nullptr, start, start + 50min, 0, 0.5);
  REQUIRE(plan.expired);
  CHECK(plan.expired->code == 551);
  CHECK(plan.expired->enhanced->text() == "5.4.7");
  CHECK(plan.expired->content == fmt::format("Next delivery time would be {} after creation, which exceeds max_age={}",
                                             format_duration(70min), format_duration(1h)));
}

TEST_CASE("an expiry of the message's own replaces max_age") {
  queue_config q;
  q.max_age = 1h;
  mail::schedule s;
  s.expires = start + 3h;
  CHECK_FALSE(plan_retry(q, &s, start, start + 2h, 0, 0.5).expired);
  const auto plan = plan_retry(q, &s, start, start + 170min, 0, 0.5);
  REQUIRE(plan.expired);
  CHECK(plan.expired->content ==
        "Next delivery time would be at 2026-01-05T03:10:00Z which exceeds the expiry time 2026-01-05T03:00:00Z configured via "
        "set_scheduling");
}

TEST_CASE("a hold expires as a retry does") {
  queue_config q;
  q.max_age = 1h;
  CHECK(plan_hold(q, nullptr, start, start + 1h).due == start + 1h);
  const auto late = plan_hold(q, nullptr, start, start + 61min);
  REQUIRE(late.expired);
  CHECK(late.expired->code == 551);
  CHECK(late.expired->content == fmt::format("Next delivery time would be {} after creation, which exceeds max_age={}",
                                             format_duration(61min), format_duration(1h)));
  mail::schedule s;
  s.expires = start + 3h;
  CHECK_FALSE(plan_hold(q, &s, start, start + 2h).expired);
  CHECK(plan_hold(q, &s, start, start + 3h).expired);
}

TEST_CASE("attempts are inferred from the age") {
  queue_config q;  // 20, 40, 80 min: attempts end at 20, 60, 140 min
  CHECK(infer_attempts(q, 0s) == 0);
  CHECK(infer_attempts(q, 19min) == 0);
  CHECK(infer_attempts(q, 20min) == 1);
  CHECK(infer_attempts(q, 59min) == 1);
  CHECK(infer_attempts(q, 60min) == 2);
  CHECK(infer_attempts(q, 140min) == 3);
  q.max_retry_interval = 20min;
  CHECK(infer_attempts(q, 24h) == 72);
  q.retry_interval = 0s;
  CHECK(infer_attempts(q, 24h) == 0);
}

TEST_CASE("the next due time after a restart is never in the past") {
  queue_config q;
  CHECK(plan_after_restart(q, nullptr, start, start + 10min, 0).due == start + 10min);
  // Attempts 2: creation + delay(1) = 40 min, which is over.
  CHECK(plan_after_restart(q, nullptr, start, start + 60min, 2).due == start + 60min);
  // Attempts 3: creation + delay(1) + delay(2) = 120 min.
  CHECK(plan_after_restart(q, nullptr, start, start + 100min, 3).due == start + 120min);
  CHECK(plan_after_restart(q, nullptr, start, start + 24h * 7, 9).expired);
}

TEST_CASE("an agent's own delay takes the place of schedule and jitter") {
  queue_config q;
  const auto soon = plan_retry(q, nullptr, start, start + 1h, 3, 0.9, duration(1min));
  CHECK(soon.due == start + 61min);
  q.max_age = 1h;
  CHECK_FALSE(plan_retry(q, nullptr, start, start + 50min, 3, 0.5, duration(1min)).expired);
  CHECK(plan_retry(q, nullptr, start, start + 60min, 3, 0.5, duration(1min)).expired);
}
