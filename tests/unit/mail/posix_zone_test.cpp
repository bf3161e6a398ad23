#include "mail/posix_zone.hpp"

#include <doctest/doctest.h>

using godwit::mail::posix_zone;

namespace {
std::int64_t utc(int year, unsigned month, unsigned day, int hour) {
  const auto date =
      std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day));
  return std::chrono::sys_seconds(date).time_since_epoch().count() + hour * 3600;
}
}  // namespace

TEST_CASE("a rule of the northern half") {
  const auto z = posix_zone::parse("CET-1CEST,M3.5.0,M10.5.0/3");
  REQUIRE(z);
  CHECK(z->offset_at(utc(2050, 1, 1, 0)) == 3600);
  CHECK(z->offset_at(utc(2050, 7, 1, 0)) == 7200);
  CHECK(z->offset_at(utc(2050, 3, 27, 1) - 1) == 3600);
  CHECK(z->offset_at(utc(2050, 3, 27, 1)) == 7200);
  CHECK(z->offset_at(utc(2050, 10, 30, 1) - 1) == 7200);
  CHECK(z->offset_at(utc(2050, 10, 30, 1)) == 3600);
}

TEST_CASE("a rule of the southern half") {
  const auto z = posix_zone::parse("AEST-10AEDT,M10.1.0,M4.1.0/3");
  REQUIRE(z);
  CHECK(z->offset_at(utc(2050, 1, 1, 0)) == 39600);
  CHECK(z->offset_at(utc(2050, 7, 1, 0)) == 36000);
}

TEST_CASE("other forms") {
  CHECK(posix_zone::parse("<+0545>-5:45")->offset_at(0) == 20700);
  CHECK(posix_zone::parse("EST5")->offset_at(0) == -18000);
  const auto days = posix_zone::parse("AAA0BBB,J60,J61/24");
  REQUIRE(days);
  CHECK(days->offset_at(utc(2028, 3, 1, 3)) == 3600);  // J60 is 1 March in leap years too
  CHECK(days->offset_at(utc(2028, 2, 29, 3)) == 0);
  CHECK(posix_zone::parse("AAA0BBB,59,61")->offset_at(utc(2028, 2, 29, 3)) == 3600);
}

TEST_CASE("malformed rules are refused") {
  for (const char* text : {"", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
                           "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
                           "CET-1CEST,M3.5.0,M10.5.0x", "<+05-5", "CET-1CEST,J0,J5", "CET-999"})
    CHECK_FALSE(posix_zone::parse(text));
}
