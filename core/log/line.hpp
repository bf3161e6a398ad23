#pragma once
// What one log line looks like, in each of the formats an operator may choose.

#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "log/log.hpp"

namespace godwit::log {

enum class line_format { full, compact, pretty, json };

std::optional<line_format> line_format_from(std::string_view name);
/// Without its line end. Line ends inside `text` are made visible (pretty: indented), so that no text can
/// forge a line.
std::string format_line(line_format f, wall_time when, level l, std::string_view tag, std::string_view text);

}  // namespace godwit::log
