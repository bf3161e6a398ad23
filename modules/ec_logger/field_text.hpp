#pragma once
// Pieces of log lines (Momentum: log formats): fields between '@', times, addresses. All append to a string. Pure.

#include <cstdint>
#include <string>
#include <string_view>

namespace ec_logger {

/// What stands where an id is not known (Momentum).
inline constexpr std::string_view unknown_id = "00/00-00000-00000000";

/// '@', '\' and controls get a backslash, so that a line stays one line and splits at '@'.
void put_escaped(std::string& out, std::string_view text);
/// For quoted texts and lists of the rejectlog: like put_escaped, for '"', ',' and ']' instead of '@'.
void put_quotable(std::string& out, std::string_view text);
/// '@' and the escaped text.
void put_field(std::string& out, std::string_view text);
void put_field(std::string& out, std::int64_t number);
/// Seconds since 1970, or 16 digits of microseconds.
void put_time(std::string& out, std::int64_t ns, bool is_hires);

struct address_parts {
  std::string_view local, domain;
};
/// Both empty for the null sender.
address_parts split_address(std::string_view address);

}  // namespace ec_logger
