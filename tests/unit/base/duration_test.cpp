#include "base/duration.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace std::chrono_literals;

TEST_CASE("durations as people write them") {
  CHECK(*parse_duration("5") == 5s);
  CHECK(*parse_duration("0.5") == 500ms);
  CHECK(*parse_duration("5m") == 5min);
  CHECK(*parse_duration("1h 30m") == 90min);
  CHECK(*parse_duration("1h30m") == 90min);
  CHECK(*parse_duration("20 minutes") == 20min);
  CHECK(*parse_duration(" 1 day 2 hours ") == 26h);
  CHECK(*parse_duration("1.5h") == 90min);
  CHECK(*parse_duration("500ms") == 500ms);
  CHECK(*parse_duration("2w") == 14 * 24h);
  CHECK(*parse_duration("7 days") == 168h);
  CHECK(*parse_duration("0") == 0s);
}

TEST_CASE("what is no duration is refused") {
  for (const char* text : {"", " ", "m", "-5", "5 parsecs", "1..5", "5m!", "99999999999999999999",
                           "1000 years", "1e3", "h5", "."})
    CHECK_FALSE(parse_duration(text));
}

TEST_CASE("formatting is the inverse") {
  CHECK(format_duration(0s) == "0s");
  CHECK(format_duration(90min) == "1h 30m");
  CHECK(format_duration(20min) == "20m");
  CHECK(format_duration(500ms) == "500ms");
  CHECK(format_duration(168h) == "7days");
  CHECK(format_duration(24h + 1s) == "1day 1s");
  CHECK(format_duration(-5s) == "-5s");
  for (const auto d :
       {1ns, duration(1001us), duration(3h + 4min + 5s + 6ms), duration(40 * 24h), duration(800 * 24h)})
    CHECK(*parse_duration(format_duration(d)) == d);
}

TEST_CASE("RFC 3339 both ways") {
  const wall_time t = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 8h;
  CHECK(format_rfc3339(t) == "2026-01-31T08:00:00Z");
  CHECK(format_rfc3339(t + 123ms) == "2026-01-31T08:00:00.123Z");
  CHECK(format_rfc3339(t + 123456789ns) == "2026-01-31T08:00:00.123456789Z");
  CHECK(format_rfc3339(wall_time(-1s)) == "1969-12-31T23:59:59Z");
  CHECK(*parse_rfc3339("2026-01-31T08:00:00Z") == t);
  CHECK(*parse_rfc3339("2026-01-31t09:30:00.5+01:30") == t + 500ms);
  CHECK(*parse_rfc3339("2026-01-31 00:00:00-08:00") == t);
  CHECK(*parse_rfc3339("2026-01-31T08:00:00.123456789999Z") == t + 123456789ns);
  for (const char* text :
       {"", "2026-01-31", "2026-01-31T08:00:00", "2026-02-30T08:00:00Z", "2026-01-31T24:00:00Z",
        "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00Zx", "26-01-31T08:00:00Z", "9999-01-01T00:00:00Z"})
    CHECK_FALSE(parse_rfc3339(text));
}

TEST_CASE("RFC 5322 date") {
  const wall_time t = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + 8h + 5min + 9s;
  CHECK(format_rfc2822(t) == "Sat, 31 Jan 2026 08:05:09 +0000");
}
