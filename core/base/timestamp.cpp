// The half of duration.hpp that is about instants: RFC 3339 and RFC 5322 dates.
#include <array>

#include "base/duration.hpp"

namespace godwit {
namespace {

using std::chrono::nanoseconds;

struct calendar {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<nanoseconds> time;
  std::chrono::weekday day;
};

calendar calendar_of(wall_time t) {
  const auto days = std::chrono::floor<std::chrono::days>(t);
  return {std::chrono::year_month_day(days), std::chrono::hh_mm_ss<nanoseconds>(t - days),
          std::chrono::weekday(days)};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view fraction_digits(std::string_view nine_digits, std::int64_t ns) {
  if (ns == 0) return {};
  return nine_digits.substr(0, ns % 1'000'000 == 0 ? 3 : ns % 1'000 == 0 ? 6 : 9);
}

/// Fixed-width digits at the front of text.
bool take_digits(std::string_view& text, std::size_t width, int& out) {
  if (text.size() < width) return false;
  out = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (!is_digit(text[i])) return false;
    out = out * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool take_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Any number of digits; those beyond nanoseconds are dropped.
bool take_fraction(std::string_view& text, std::int64_t& ns) {
  if (!take_char(text, ".")) return true;
  std::int64_t scale = 100'000'000;
  bool any = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), scale /= 10) {
    ns += (text.front() - '0') * scale;
    any = true;
  }
  return any;
}

bool take_offset(std::string_view& text, std::chrono::minutes& offset) {
  if (take_char(text, "Zz")) return true;
  const bool west = text.starts_with('-');
  int hours = 0, minutes = 0;
  if (!take_char(text, "+-") || !take_digits(text, 2, hours) || !take_char(text, ":") ||
      !take_digits(text, 2, minutes) || hours > 23 || minutes > 59)
    return false;
  offset = std::chrono::minutes((west ? -1 : 1) * (hours * 60 + minutes));
  return true;
}

}  // namespace

std::string format_rfc3339(wall_time t) {
  const auto c = calendar_of(t);
  const std::int64_t ns = c.time.subseconds().count();
  const auto digits = fmt::format("{:09}", ns);
  const auto fraction = fraction_digits(digits, ns);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}Z", static_cast<int>(c.date.year()),
                     static_cast<unsigned>(c.date.month()), static_cast<unsigned>(c.date.day()),
                     c.time.hours().count(), c.time.minutes().count(), c.time.seconds().count(),
                     fraction.empty() ? "" : ".", fraction);
}

result<wall_time> parse_rfc3339(std::string_view text) {
  const auto whole = text;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t ns = 0;
  std::chrono::minutes offset{};
  const bool shaped = take_digits(text, 4, year) && take_char(text, "-") && take_digits(text, 2, month) &&
                      take_char(text, "-") && take_digits(text, 2, day) && take_char(text, "Tt ") &&
                      take_digits(text, 2, hour) && take_char(text, ":") && take_digits(text, 2, minute) &&
                      take_char(text, ":") && take_digits(text, 2, second) && take_fraction(text, ns) &&
                      take_offset(text, offset) && text.empty();
  const auto date = std::chrono::year(year) / month / day;
  // 1678 to 2261 is what nanoseconds since 1970 can hold.
  const bool in_range = date.ok() && hour < 24 && minute < 60 && second <= 60 && year >= 1678 && year <= 2261;
  if (!shaped || !in_range)
    return fail(
        "'{}' is not an RFC 3339 time: write it as in 2026-01-31T08:00:00Z or 2026-01-31T08:00:00+01:00",
        whole);
  return wall_time(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + nanoseconds(ns) - offset;
}

std::string format_rfc2822(wall_time t) {
  static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto c = calendar_of(t);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[c.day.c_encoding()],
                     static_cast<unsigned>(c.date.day()), months[static_cast<unsigned>(c.date.month()) - 1],
                     static_cast<int>(c.date.year()), c.time.hours().count(), c.time.minutes().count(),
                     c.time.seconds().count());
}

}  // namespace godwit
