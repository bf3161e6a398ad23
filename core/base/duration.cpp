#include "base/duration.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace godwit {
namespace {

using std::chrono::nanoseconds;

struct unit {
  std::string_view name;
  std::int64_t ns;
};

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t day_ns = 86'400 * second_ns;
constexpr std::int64_t month_ns = 2'630'016 * second_ns;  // 30.44 days
constexpr std::int64_t year_ns = 31'557'600 * second_ns;  // 365.25 days

constexpr unit units[] = {
    {"ns", 1},
    {"nsec", 1},
    {"us", 1'000},
    {"usec", 1'000},
    {"ms", 1'000'000},
    {"msec", 1'000'000},
    {"s", second_ns},
    {"sec", second_ns},
    {"secs", second_ns},
    {"second", second_ns},
    {"seconds", second_ns},
    {"m", 60 * second_ns},
    {"min", 60 * second_ns},
    {"mins", 60 * second_ns},
    {"minute", 60 * second_ns},
    {"minutes", 60 * second_ns},
    {"h", 3600 * second_ns},
    {"hr", 3600 * second_ns},
    {"hrs", 3600 * second_ns},
    {"hour", 3600 * second_ns},
    {"hours", 3600 * second_ns},
    {"d", day_ns},
    {"day", day_ns},
    {"days", day_ns},
    {"w", 7 * day_ns},
    {"wk", 7 * day_ns},
    {"week", 7 * day_ns},
    {"weeks", 7 * day_ns},
    {"M", month_ns},
    {"month", month_ns},
    {"months", month_ns},
    {"y", year_ns},
    {"yr", year_ns},
    {"year", year_ns},
    {"years", year_ns},
};

const unit* find_unit(std::string_view name) {
  for (const auto& u : units)
    if (u.name == name) return &u;
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the leading run for which `wanted` holds.
template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate wanted) {
  std::size_t n = 0;
  while (n < text.size() && wanted(text[n])) ++n;
  const auto taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

/// Adds NUMBER * unit_ns to the sum; false when the number is malformed or the sum too large.
bool add_term(std::string_view number, std::int64_t unit_ns, std::int64_t& sum) {
  std::int64_t term = 0;
  const char* end = number.data() + number.size();
  if (number.find('.') == number.npos) {
    std::int64_t n = 0;
    const auto read = std::from_chars(number.data(), end, n);
    if (read.ec != std::errc() || read.ptr != end || __builtin_mul_overflow(n, unit_ns, &term)) return false;
  } else {
    double n = 0;
    const auto read = std::from_chars(number.data(), end, n);
    const double ns = n * static_cast<double>(unit_ns);
    if (read.ec != std::errc() || read.ptr != end || !(ns < 9.2e18)) return false;
    term = std::llround(ns);
  }
  return !__builtin_add_overflow(sum, term, &sum);
}

}  // namespace

result<duration> parse_duration(std::string_view text) {
  const auto malformed = [whole = text] {
    return fail("'{}' is not a duration: write seconds as a number, or units as in \"5m\" or \"1h 30m\"",
                whole);
  };
  text = trim(text);
  if (text.empty()) return malformed();
  std::int64_t sum = 0;
  while (!text.empty()) {
    const auto number = take_while(text, [](char c) { return is_digit(c) || c == '.'; });
    take_while(text, [](char c) { return c == ' '; });
    const auto name = take_while(text, [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; });
    take_while(text, [](char c) { return c == ' '; });
    const unit* u = find_unit(name.empty() ? "s" : name);
    if (number.empty() || !u) return malformed();
    if (!add_term(number, u->ns, sum)) return malformed();
  }
  return duration(sum);
}

std::string format_duration(duration d) {
  std::int64_t ns = d.count();
  if (ns == 0) return "0s";
  std::string out;
  if (ns < 0) {
    out = "-";
    ns = ns == std::numeric_limits<std::int64_t>::min() ? std::numeric_limits<std::int64_t>::max() : -ns;
  }
  const auto take = [&](std::int64_t unit_ns, std::string_view name, bool plural) {
    const std::int64_t n = ns / unit_ns;
    ns %= unit_ns;
    if (n == 0) return;
    fmt::format_to(std::back_inserter(out), "{}{}{}{}", out.empty() || out == "-" ? "" : " ", n, name,
                   plural && n > 1 ? "s" : "");
  };
  take(year_ns, "year", true);
  take(month_ns, "month", true);
  take(day_ns, "day", true);
  take(3600 * second_ns, "h", false);
  take(60 * second_ns, "m", false);
  take(second_ns, "s", false);
  take(1'000'000, "ms", false);
  take(1'000, "us", false);
  take(1, "ns", false);
  return out;
}

}  // namespace godwit
