#include "mail/posix_zone.hpp"

#include <charconv>

namespace godwit::mail {

/// Reads the rule from left to right; every function consumes what it understood.
class posix_zone_reader {
 public:
  explicit posix_zone_reader(std::string_view text) : rest_(text) {}

  std::optional<posix_zone> read() {
    posix_zone zone;
    std::int32_t west = 0;
    if (!name() || !time(west)) return std::nullopt;
    zone.standard_ = -west;  // POSIX counts west of Greenwich as positive
    if (rest_.empty()) return zone;
    zone.has_daylight_ = true;
    zone.daylight_ = zone.standard_ + 3600;
    if (!name()) return std::nullopt;
    if (!rest_.starts_with(',')) {
      if (!time(west)) return std::nullopt;
      zone.daylight_ = -west;
    }
    if (!take(',') || !rule(zone.begins_) || !take(',') || !rule(zone.ends_) || !rest_.empty())
      return std::nullopt;
    return zone;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool number(int& out, int low, int high) {
    const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    if (read.ec != std::errc() || out < low || out > high) return false;
    rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
    return true;
  }

  /// Letters, or anything in angle brackets.
  bool name() {
    std::size_t length = 0;
    if (rest_.starts_with('<')) {
      length = rest_.find('>');
      if (length == rest_.npos) return false;
      ++length;
    } else {
      while (length < rest_.size() && (rest_[length] | 32) >= 'a' && (rest_[length] | 32) <= 'z') ++length;
    }
    rest_.remove_prefix(length);
    return length >= 3;
  }

  /// [+-]hh[:mm[:ss]]
  bool time(std::int32_t& out) {
    const bool negative = take('-');
    if (!negative) take('+');
    int hours = 0, minutes = 0, seconds = 0;
    if (!number(hours, 0, 167)) return false;
    if (take(':') && !number(minutes, 0, 59)) return false;
    if (take(':') && !number(seconds, 0, 59)) return false;
    out = (negative ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
    return true;
  }

  bool rule(posix_zone::rule& out) {
    using kind = posix_zone::rule::kind;
    if (take('M')) {
      if (!number(out.month, 1, 12) || !take('.') || !number(out.week, 1, 5) || !take('.') ||
          !number(out.day, 0, 6))
        return false;
    } else {
      out.form = take('J') ? kind::julian_without_leap : kind::zero_based;
      if (!number(out.day, out.form == kind::zero_based ? 0 : 1, 365)) return false;
    }
    return !take('/') || time(out.time);
  }

  std::string_view rest_;
};

std::optional<posix_zone> posix_zone::parse(std::string_view text) { return posix_zone_reader(text).read(); }

std::int64_t posix_zone::rule::in_year(std::chrono::year year) const {
  using namespace std::chrono;
  sys_days date = sys_days(year / January / 1);
  if (form == kind::month_week_day) {
    const auto which = std::chrono::month(static_cast<unsigned>(month));
    const weekday wanted(static_cast<unsigned>(day));
    date = week == 5 ? sys_days(year / which / wanted[last])
                     : sys_days(year / which / wanted[static_cast<unsigned>(week)]);
  } else if (form == kind::julian_without_leap) {
    date += days(day - 1 + (year.is_leap() && day >= 60 ? 1 : 0));  // 29 February has no number
  } else {
    date += days(day);
  }
  return duration_cast<seconds>(date.time_since_epoch()).count() + time;
}

std::int32_t posix_zone::offset_at(std::int64_t utc) const {
  if (!has_daylight_) return standard_;
  using namespace std::chrono;
  const year_month_day date(floor<days>(sys_seconds(seconds(utc + standard_))));
  const std::int64_t begin = begins_.in_year(date.year()) - standard_;
  const std::int64_t end = ends_.in_year(date.year()) - daylight_;
  const bool daylight = begin < end ? utc >= begin && utc < end : utc >= begin || utc < end;
  return daylight ? daylight_ : standard_;
}

}  // namespace godwit::mail
