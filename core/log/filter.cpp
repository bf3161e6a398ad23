#include "log/filter.hpp"

#include <array>

#include "base/text.hpp"

namespace godwit::log {
namespace {

constexpr std::array<std::string_view, 6> level_names{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "OFF"};

result<level> parse_level(std::string_view text) {
  for (std::size_t i = 0; i < level_names.size(); ++i)
    if (iequals(text, level_names[i])) return static_cast<level>(i);
  return fail("'{}' is not a log level: write trace, debug, info, warn, error or off", text);
}

/// Names of the daemon itself stand for all of its tags.
bool means_everything(std::string_view tag) {
  return iequals(tag, "kumod") || iequals(tag, "godwit") || iequals(tag, "godwitd");
}

}  // namespace

std::string_view level_name(level l) { return level_names[static_cast<std::size_t>(l)]; }

result<filter> filter::parse(std::string_view directives) {
  filter out;
  for (const auto part : split(directives, ',')) {
    const auto word = trim(part);
    if (word.empty()) continue;
    const auto equals = word.find('=');
    const auto least = parse_level(equals == word.npos ? word : trim(word.substr(equals + 1)));
    if (!least) return fail("log filter '{}': {}", directives, least.why().text);
    const auto tag = equals == word.npos ? std::string_view() : trim(word.substr(0, equals));
    out.directives_.push_back({means_everything(tag) ? std::string() : to_lower(tag), *least});
  }
  return out;
}

level filter::for_tag(std::string_view tag) const {
  for (auto at = directives_.rbegin(); at != directives_.rend(); ++at)
    if (at->tag.empty() || iequals(at->tag, tag)) return at->least;
  return level::error;
}

level filter::minimum() const {
  level out = level::error;
  for (const auto& d : directives_) out = std::min(out, d.least);
  return out;
}

}  // namespace godwit::log
