#pragma once
// File names by pattern: *, ?, [set], {a,b} and ** for any depth.

#include <string>
#include <vector>

#include "base/result.hpp"

namespace godwit::lua_api {

/// Absolute names, sorted; `relative_to` is where a relative pattern starts and is taken off the names again.
/// What cannot be read is left out.
std::vector<std::string> glob(const std::string& pattern, const std::string& relative_to);
/// Absolute names of a directory's entries.
result<std::vector<std::string>> list_directory(const std::string& path);

}  // namespace godwit::lua_api
