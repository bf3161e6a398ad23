#include "mail/schedule.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::mail;

namespace {

object window(const char* dow, const char* start, const char* end, const char* tz = "America/New_York") {
  return {{"dow", dow}, {"tz", tz}, {"start", start}, {"end", end}};
}

std::string adjusted(const object& table, const char* due) {
  const auto s = schedule::parse(table);
  REQUIRE_MESSAGE(s.ok(), (s.ok() ? "" : s.why().text));
  return format_rfc3339(s->adjust(*parse_rfc3339(due)));
}

}  // namespace

TEST_CASE("a schedule reads and writes back") {
  object table = window("Mon,Wednesday, fri", "09:00:00", "17:30:00");
  table.set("first_attempt", "2026-01-31T08:00:00Z");
  table.set("expires", "2026-02-01T09:00:00+01:00");
  const auto s = schedule::parse(table);
  REQUIRE(s);
  CHECK(s->restriction->days == 0b0010101);
  const value back = s->to_value();
  CHECK(*back.find("dow")->as_string() == "Mon,Wed,Fri");
  CHECK(*back.find("start")->as_string() == "09:00:00");
  CHECK(*back.find("expires")->as_string() == "2026-02-01T08:00:00Z");
  CHECK(*schedule::parse(back) == *s);
  CHECK(schedule::parse(object{})->to_value() == value(object{}));
}

TEST_CASE("errors name the key") {
  const auto why = [](const object& table) {
    const auto s = schedule::parse(table);
    return s ? std::string() : s.why().text;
  };
  CHECK(why({{"dow", "Mon"}}).find("all four") != std::string::npos);
  CHECK(why({{"first_attemt", "x"}}).find("did you mean 'first_attempt'") != std::string::npos);
  CHECK(why({{"expires", "tomorrow"}}).starts_with("expires: "));
  CHECK(why({{"expires", 5}}).starts_with("expires: "));
  CHECK(why(window("Funday", "09:00:00", "17:00:00")).starts_with("dow: "));
  CHECK(why(window("Mon", "9:00", "17:00:00")).starts_with("start: "));
  CHECK(why(window("Mon", "09:00:00", "24:00:00")).starts_with("end: "));
  CHECK(why(window("Mon", "09:00:00", "17:00:00", "PST")).starts_with("tz: "));
  CHECK_FALSE(why(window("Mon", "09:00:00", "09:00:00")).empty());
  CHECK_FALSE(schedule::parse(value("x")));
}

TEST_CASE("first_attempt delays the first due only forward") {
  const object table{{"first_attempt", "2026-01-31T08:00:00Z"}};
  CHECK(adjusted(table, "2026-01-31T07:00:00Z") == "2026-01-31T08:00:00Z");
  CHECK(adjusted(table, "2026-01-31T09:00:00Z") == "2026-01-31T09:00:00Z");
}

TEST_CASE("due moves to the next permitted instant") {
  const object table = window("Mon,Tue", "09:00:00", "17:00:00");  // 14:00 to 22:00 UTC in winter
  CHECK(adjusted(table, "2026-02-02T15:00:00.5Z") == "2026-02-02T15:00:00.500Z");  // Monday, inside
  CHECK(adjusted(table, "2026-02-02T13:00:00Z") == "2026-02-02T14:00:00Z");        // before it opens
  CHECK(adjusted(table, "2026-02-02T22:00:00Z") == "2026-02-03T14:00:00Z");        // closed: the next day
  CHECK(adjusted(table, "2026-02-03T22:00:00Z") == "2026-02-09T14:00:00Z");        // closed: next week
  CHECK(adjusted(table, "2026-02-07T00:00:00Z") == "2026-02-09T14:00:00Z");        // Saturday
  CHECK(adjusted(table, "2026-03-07T00:00:00Z") == "2026-03-09T13:00:00Z");        // summer time came between
}

TEST_CASE("the only day comes again a week later") {
  CHECK(adjusted(window("Mon", "09:00:00", "10:00:00", "UTC"), "2026-02-02T10:00:00Z") ==
        "2026-02-09T09:00:00Z");
}

TEST_CASE("a window past midnight belongs to the day it starts on") {
  const object table = window("Fri", "22:00:00", "02:00:00", "UTC");
  CHECK(adjusted(table, "2026-02-07T01:00:00Z") == "2026-02-07T01:00:00Z");  // Saturday, still Friday's
  CHECK(adjusted(table, "2026-02-07T02:00:00Z") == "2026-02-13T22:00:00Z");
  CHECK(adjusted(table, "2026-02-06T01:00:00Z") == "2026-02-06T22:00:00Z");
}

TEST_CASE("first_attempt and window together") {
  object table = window("Mon", "09:00:00", "10:00:00", "UTC");
  table.set("first_attempt", "2026-02-03T00:00:00Z");
  CHECK(adjusted(table, "2026-02-02T09:30:00Z") == "2026-02-09T09:00:00Z");
}
