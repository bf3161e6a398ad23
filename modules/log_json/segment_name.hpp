#pragma once
// Names of segment files: YYYYMMDD-HHMMSS.fffffffff in UTC, plus a suffix.

#include <chrono>
#include <string>
#include <string_view>

namespace log_json {

std::string segment_name(std::chrono::system_clock::time_point when, std::string_view suffix);
/// Also names without a fraction, as older servers wrote them.
bool is_segment_name(std::string_view name);
/// Read-only tells tailers that a segment is complete.
void mark_done(const std::string& file);
/// Segments a former run left open.
void mark_all_done(const std::string& dir);

}  // namespace log_json
