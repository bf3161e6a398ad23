#pragma once
// The POSIX TZ rule that ends a TZif file and holds for all times after its table:
// "CET-1CEST,M3.5.0,M10.5.0/3".

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace godwit::mail {

class posix_zone {
 public:
  static std::optional<posix_zone> parse(std::string_view text);
  /// Seconds east of Greenwich.
  std::int32_t offset_at(std::int64_t utc) const;

 private:
  friend class posix_zone_reader;

  /// A day of the year and a time of that day, which may be negative or beyond 24 hours (RFC 8536 3.3.1).
  struct rule {
    enum class kind { month_week_day, julian_without_leap, zero_based } form = kind::month_week_day;
    int month = 0, week = 0, day = 0;
    std::int32_t time = 7200;

    std::int64_t in_year(std::chrono::year year) const;  ///< seconds since 1970, local time
  };

  std::int32_t standard_ = 0;
  std::int32_t daylight_ = 0;
  bool has_daylight_ = false;
  rule begins_, ends_;
};

}  // namespace godwit::mail
