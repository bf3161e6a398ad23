#pragma once
// Durations as people write them: 5, 0.5, "5m", "1h 30m", "20 minutes" (KumoMTA: Lua environment).

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace godwit {

using duration = std::chrono::nanoseconds;
using wall_time = std::chrono::system_clock::time_point;

/// A number without a unit means seconds.
result<duration> parse_duration(std::string_view text);
/// "1h 30m", "20m", "500ms": the inverse, largest units first.
std::string format_duration(duration d);
/// RFC 3339 in UTC with as many fractional digits as needed: 2026-01-31T08:00:00.123456789Z.
std::string format_rfc3339(wall_time t);
result<wall_time> parse_rfc3339(std::string_view text);
/// RFC 5322 date: "Sat, 31 Jan 2026 08:00:00 +0000".
std::string format_rfc2822(wall_time t);

}  // namespace godwit
