#include "mail/schedule.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "mail/time_zone.hpp"

namespace godwit::mail {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr std::array<std::string_view, 7> day_names{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
const std::vector<std::string> keys{"first_attempt", "expires", "dow", "tz", "start", "end"};

result<std::uint8_t> parse_days(std::string_view text) {
  std::uint8_t mask = 0;
  for (const auto part : split(text, ',')) {
    const auto word = trim(part);
    std::size_t day = 0;
    while (day < day_names.size() && !iequals(word, day_names[day]) &&
           !iequals(word, day_names[day].substr(0, 3)))
      ++day;
    if (day == day_names.size()) return fail("dow: '{}' is not a day of the week: write Mon or Monday", word);
    mask = static_cast<std::uint8_t>(mask | 1u << day);
  }
  return mask;
}

std::string format_days(std::uint8_t mask) {
  std::string out;
  for (std::size_t day = 0; day < day_names.size(); ++day) {
    if (!(mask >> day & 1)) continue;
    if (!out.empty()) out.push_back(',');
    out += day_names[day].substr(0, 3);
  }
  return out;
}

/// HH:MM:SS
result<seconds> parse_clock(std::string_view key, std::string_view text) {
  int part[3] = {0, 0, 0};
  bool good = text.size() == 8 && text[2] == ':' && text[5] == ':';
  for (std::size_t i = 0; good && i < 8; ++i) {
    if (i % 3 == 2) continue;
    good = text[i] >= '0' && text[i] <= '9';
    part[i / 3] = part[i / 3] * 10 + (text[i] - '0');
  }
  if (!good || part[0] > 23 || part[1] > 59 || part[2] > 59)
    return fail("{}: '{}' is not a time: write HH:MM:SS", key, text);
  return seconds(part[0] * 3600 + part[1] * 60 + part[2]);
}

std::string format_clock(seconds t) {
  const auto n = t.count();
  return fmt::format("{:02}:{:02}:{:02}", n / 3600, n / 60 % 60, n % 60);
}

/// The string member of that name; empty when absent.
result<std::string_view> text_member(const object& table, std::string_view key) {
  const value* v = table.find(key);
  if (!v || v->is_null()) return std::string_view();
  if (!v->is_string()) return fail("{}: expected a string, got {}", key, v->type_name());
  return std::string_view(*v->as_string());
}

result<std::optional<wall_time>> time_member(const object& table, std::string_view key) {
  const auto text = text_member(table, key);
  if (!text) return text.why();
  if (text->empty()) return std::optional<wall_time>();
  const auto time = parse_rfc3339(*text);
  if (!time) return fail("{}: {}", key, time.why().text);
  return std::optional(*time);
}

result<schedule::window> parse_window(std::string_view dow, std::string_view tz, std::string_view start,
                                      std::string_view end) {
  schedule::window out;
  const auto mask = parse_days(dow);
  if (!mask) return mask.why();
  if (const auto zone = time_zone::find(tz); !zone) return fail("tz: {}", zone.why().text);
  const auto from = parse_clock("start", start), to = parse_clock("end", end);
  if (!from) return from.why();
  if (!to) return to.why();
  if (*from == *to) return fail("start and end are both {}: the window is empty", start);
  out.days = *mask;
  out.tz = tz;
  out.start = *from;
  out.end = *to;
  return out;
}

result<std::optional<schedule::window>> window_member(const object& table) {
  std::string_view part[4];
  std::size_t given = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto text = text_member(table, keys[2 + i]);
    if (!text) return text.why();
    part[i] = *text;
    given += !text->empty();
  }
  if (given == 0) return std::optional<schedule::window>();
  if (given < 4) return fail("dow, tz, start and end go together: give all four or none");
  auto window = parse_window(part[0], part[1], part[2], part[3]);
  if (!window) return window.why();
  return std::optional(*std::move(window));
}

/// Earliest instant from `due` on that lies in the window. A window whose end is before its start runs past
/// midnight and belongs to the day it starts on.
wall_time next_permitted(const schedule::window& window, const time_zone& zone, wall_time due) {
  const auto today = std::chrono::floor<days>(zone.to_local(std::chrono::floor<seconds>(due)));
  for (int ahead = -1; ahead <= 7; ++ahead) {
    const auto date = today + days(ahead);
    const unsigned weekday = std::chrono::weekday(date).iso_encoding() - 1;
    if (!(window.days >> weekday & 1)) continue;
    const bool overnight = window.end < window.start;
    const wall_time opens = zone.to_utc(date + window.start);
    const wall_time closes = zone.to_utc(date + days(overnight ? 1 : 0) + window.end);
    if (due < closes) return std::max(due, opens);
  }
  return due;
}

}  // namespace

result<schedule> schedule::parse(const value& table) {
  const object* members = table.as_object();
  if (!members) return fail("schedule: expected a table, got {}", table.type_name());
  for (const auto& [key, member] : *members) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const auto near = nearest(key, keys);
    return near.empty() ? fail("schedule: unknown key '{}'", key)
                        : fail("schedule: unknown key '{}': did you mean '{}'?", key, near);
  }
  const auto first = time_member(*members, "first_attempt"), last = time_member(*members, "expires");
  if (!first) return first.why();
  if (!last) return last.why();
  auto window = window_member(*members);
  if (!window) return window.why();
  return schedule{*first, *last, *std::move(window)};
}

value schedule::to_value() const {
  object out;
  if (restriction) {
    out.set("dow", format_days(restriction->days));
    out.set("tz", restriction->tz);
    out.set("start", format_clock(restriction->start));
    out.set("end", format_clock(restriction->end));
  }
  if (first_attempt) out.set("first_attempt", format_rfc3339(*first_attempt));
  if (expires) out.set("expires", format_rfc3339(*expires));
  return out;
}

wall_time schedule::adjust(wall_time due) const {
  if (first_attempt) due = std::max(due, *first_attempt);
  if (!restriction) return due;
  const auto zone = time_zone::find(restriction->tz);
  return zone ? next_permitted(*restriction, **zone, due) : due;
}

}  // namespace godwit::mail
