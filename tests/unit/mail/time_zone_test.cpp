#include "mail/time_zone.hpp"

#include <doctest/doctest.h>

#include "base/duration.hpp"

using namespace godwit;
using namespace godwit::mail;
using namespace std::chrono_literals;

namespace {

std::chrono::sys_seconds utc(const char* text) {
  return std::chrono::floor<std::chrono::seconds>(*parse_rfc3339(text));
}
std::chrono::local_seconds local(const char* text) {
  return std::chrono::local_seconds(utc(text).time_since_epoch());
}

void put(std::string& out, std::uint64_t n, int width) {
  for (int i = width - 1; i >= 0; --i) out.push_back(static_cast<char>(n >> (8 * i)));
}

/// A TZif file without transitions in its table: one type, UTC+1, and the given footer.
std::string file_with(std::string_view footer) {
  std::string out;
  for (int block = 0; block < 2; ++block) {
    out += "TZif2" + std::string(15, '\0');
    for (const int count : {0, 0, 0, 0, 1, 4}) put(out, static_cast<std::uint64_t>(count), 4);
    put(out, 3600, 4);
    out += std::string(2, '\0') + std::string("CET\0", 4);
  }
  return out.append("\n").append(footer).append("\n");
}

}  // namespace

TEST_CASE("zones of the system") {
  const auto paris = time_zone::find("Europe/Paris");
  REQUIRE(paris);
  CHECK((*paris)->offset_at(utc("2026-01-31T08:00:00Z")) == 1h);
  CHECK((*paris)->offset_at(utc("2026-07-31T08:00:00Z")) == 2h);
  CHECK((*paris)->offset_at(utc("2090-07-31T08:00:00Z")) == 2h);  // beyond the table: the rule at its end
  CHECK((*paris)->offset_at(utc("1880-01-01T00:00:00Z")) == 561s);
  CHECK(*time_zone::find("Europe/Paris") == *paris);
  CHECK((*time_zone::find("Asia/Kathmandu"))->offset_at(utc("2026-01-01T00:00:00Z")) == 5h + 45min);
}

TEST_CASE("UTC needs no file") {
  const auto zone = time_zone::find("UTC");
  REQUIRE(zone);
  CHECK((*zone)->offset_at(utc("2026-01-31T08:00:00Z")) == 0s);
}

TEST_CASE("local times at a change of clocks") {
  const auto zone = *time_zone::find("Europe/Paris");
  CHECK(zone->to_utc(local("2026-03-29T01:59:59Z")) == utc("2026-03-29T00:59:59Z"));
  CHECK(zone->to_utc(local("2026-03-29T02:30:00Z")) ==
        utc("2026-03-29T01:30:00Z"));  // skipped: 03:30 summer time
  CHECK(zone->to_utc(local("2026-03-29T03:00:00Z")) == utc("2026-03-29T01:00:00Z"));
  CHECK(zone->to_utc(local("2026-10-25T02:30:00Z")) == utc("2026-10-25T00:30:00Z"));  // twice: the first
  CHECK(zone->to_utc(local("2026-10-25T03:00:00Z")) == utc("2026-10-25T02:00:00Z"));
  CHECK(zone->to_local(utc("2026-07-01T00:00:00Z")) == local("2026-07-01T02:00:00Z"));
}

TEST_CASE("names that lead elsewhere are refused") {
  for (const char* name : {"", "PST", "../../etc/passwd", "/etc/passwd", "Europe", "right/Europe/Paris",
                           "Europe/Paris\n", "Mars/Olympus", "tzdata.zi"})
    CHECK_FALSE(time_zone::find(name));
}

TEST_CASE("a file whose table is empty follows its footer") {
  const auto zone = time_zone::parse(file_with("CET-1CEST,M3.5.0,M10.5.0/3"));
  REQUIRE(zone);
  CHECK(zone->offset_at(utc("2026-07-01T00:00:00Z")) == 2h);
  CHECK(time_zone::parse(file_with(""))->offset_at(utc("2026-07-01T00:00:00Z")) == 1h);
}

TEST_CASE("damaged files are errors at every length") {
  const std::string whole = file_with("CET-1");
  const std::size_t body = whole.size() - 7;
  for (std::size_t length = 0; length < body; ++length)
    CHECK_FALSE(time_zone::parse(whole.substr(0, length)));
  std::string version1 = whole;
  version1[4] = '\0';
  CHECK_FALSE(time_zone::parse(version1));
}
