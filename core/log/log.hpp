#pragma once
// Diagnostics for operators (stderr or files). spdlog stays behind this header. Thread-safe.
// A tag is the library or module that speaks: filter directives name it, e.g. "info,smtp=debug,lua=debug".

#include <functional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.hpp"

namespace godwit::log {

enum class level { trace, debug, info, warn, error, off };

bool enabled(level l, std::string_view tag);
void write(level l, std::string_view tag, std::string_view text);
/// "kumod=info", "info", "info,lua=debug": the last match for a tag wins, kumod and godwit mean every tag,
/// and a tag that none matches shows errors only. An unknown level is an error and changes nothing.
result<void> set_filter(std::string_view directives);

struct settings {
  std::string dir;              ///< empty: stderr
  std::string format = "full";  ///< full, compact, pretty or json
};
result<void> configure(const settings& s);
void flush();

/// Sees every line written, masked, before it goes out; called on the writing thread. For tests that assert
/// on the log. An empty function ends it.
using observer = std::function<void(level l, std::string_view tag, std::string_view text)>;
void observe(observer seen);

template <class... Args>
void trace(std::string_view tag, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(level::trace, tag)) write(level::trace, tag, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view tag, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(level::debug, tag)) write(level::debug, tag, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void info(std::string_view tag, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(level::info, tag)) write(level::info, tag, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void warn(std::string_view tag, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(level::warn, tag)) write(level::warn, tag, fmt::format(f, std::forward<Args>(args)...));
}
template <class... Args>
void error(std::string_view tag, fmt::format_string<Args...> f, Args&&... args) {
  if (enabled(level::error, tag)) write(level::error, tag, fmt::format(f, std::forward<Args>(args)...));
}

}  // namespace godwit::log
