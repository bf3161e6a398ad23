#include "lua_api/glob.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"

namespace godwit::lua_api {

namespace fs = std::filesystem;

namespace {

// "a{b,c}d" gives abd and acd; nested braces as well.
std::vector<std::string> expand_braces(const std::string& pattern) {
  const auto open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  std::vector<std::string> parts;
  std::size_t depth = 0, start = open + 1, close = open;
  for (std::size_t i = open; i < pattern.size() && close == open; ++i) {
    const char c = pattern[i];
    if (c == '{') ++depth;
    if ((c == ',' && depth == 1) || (c == '}' && depth == 1)) {
      parts.push_back(pattern.substr(start, i - start));
      start = i + 1;
    }
    if (c == '}' && --depth == 0) close = i;
  }
  if (close == open) return {pattern};  // never closed: an ordinary character
  std::vector<std::string> all;
  for (const auto& part : parts) {
    for (auto& one : expand_braces(pattern.substr(0, open) + part + pattern.substr(close + 1)))
      all.push_back(std::move(one));
  }
  return all;
}

std::vector<fs::path> entries_of(const fs::path& dir) {
  std::vector<fs::path> all;
  std::error_code ignored;
  for (fs::directory_iterator at(dir, ignored), end; !ignored && at != end; at.increment(ignored))
    all.push_back(at->path());
  return all;
}

using segments = std::vector<std::string_view>;

void expand(const fs::path& dir, const segments& all, std::size_t i, std::vector<std::string>& found) {
  std::error_code ignored;
  if (i == all.size()) {
    if (fs::exists(dir, ignored)) found.push_back(dir.string());
    return;
  }
  const std::string segment(all[i]);
  if (segment == "**") {
    expand(dir, all, i + 1, found);
    for (const auto& entry : entries_of(dir)) {
      if (fs::is_directory(entry, ignored) && !fs::is_symlink(entry, ignored)) expand(entry, all, i, found);
    }
  } else if (segment.find_first_of("*?[") == std::string::npos) {
    expand(dir / segment, all, i + 1, found);
  } else {
    for (const auto& entry : entries_of(dir)) {
      if (::fnmatch(segment.c_str(), entry.filename().c_str(), FNM_PERIOD) == 0)
        expand(entry, all, i + 1, found);
    }
  }
}

}  // namespace

std::vector<std::string> glob(const std::string& pattern, const std::string& relative_to) {
  std::error_code ignored;
  const auto base = fs::absolute(relative_to, ignored).lexically_normal();
  std::vector<std::string> found;
  for (const auto& one : expand_braces(pattern)) {
    segments parts;
    for (const auto part : split(one, '/')) {
      if (!part.empty() && part != ".") parts.push_back(part);
    }
    expand(one.starts_with('/') ? fs::path("/") : base, parts, 0, found);
  }
  std::ranges::sort(found);
  const auto repeated = std::ranges::unique(found);
  found.erase(repeated.begin(), repeated.end());
  const std::string prefix = base.string().ends_with('/') ? base.string() : base.string() + "/";
  for (auto& name : found) {
    if (relative_to != "." && name.starts_with(prefix)) name.erase(0, prefix.size());
  }
  return found;
}

result<std::vector<std::string>> list_directory(const std::string& path) {
  std::error_code failed;
  const auto base = fs::absolute(path, failed).lexically_normal();
  if (!fs::is_directory(base, failed)) return fail("reading directory {}: not a directory", path);
  std::vector<std::string> names;
  for (const auto& entry : entries_of(base)) names.push_back(entry.string());
  std::ranges::sort(names);
  return names;
}

}  // namespace godwit::lua_api
