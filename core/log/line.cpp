#include "log/line.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "log/filter.hpp"

namespace godwit::log {
namespace {

/// Always three fractional digits: columns of a log should line up.
std::string stamp(wall_time when) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when - seconds).count();
  std::string text = format_rfc3339(seconds);
  text.pop_back();
  return fmt::format("{}.{:03}Z", text, ms);
}

std::string json_line(wall_time when, level l, std::string_view tag, std::string_view text) {
  fmt::memory_buffer out;
  fmt::format_to(fmt::appender(out), R"({{"timestamp":"{}","level":"{}","target":)", stamp(when),
                 level_name(l));
  json::append_string(out, tag);
  fmt::format_to(fmt::appender(out), ",\"message\":");
  json::append_string(out, text);
  out.push_back('}');
  return fmt::to_string(out);
}

std::string pretty_lines(wall_time when, level l, std::string_view tag, std::string_view text) {
  std::string out = fmt::format("{} {} {}", stamp(when), level_name(l), tag);
  for (const auto part : split(text, '\n')) out.append("\n    ").append(one_line(trim(part)));
  return out;
}

}  // namespace

std::optional<line_format> line_format_from(std::string_view name) {
  if (name == "full") return line_format::full;
  if (name == "compact") return line_format::compact;
  if (name == "pretty") return line_format::pretty;
  if (name == "json") return line_format::json;
  return std::nullopt;
}

std::string format_line(line_format f, wall_time when, level l, std::string_view tag, std::string_view text) {
  constexpr std::size_t date_width = 11;  // "2026-01-31T"
  switch (f) {
    case line_format::json:
      return json_line(when, l, tag, text);
    case line_format::pretty:
      return pretty_lines(when, l, tag, text);
    case line_format::compact:
      return fmt::format("{} {} {} {}", stamp(when).substr(date_width), level_name(l), tag, one_line(text));
    case line_format::full:
      break;
  }
  return fmt::format("{} {} {} {}", stamp(when), level_name(l), tag, one_line(text));
}

}  // namespace godwit::log
