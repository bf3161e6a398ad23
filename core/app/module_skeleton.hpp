#pragma once
// `godwit module new`: a module's folder, ready to build, made from the installed template.

#include <string>

#include "base/result.hpp"

namespace godwit::app {

/// Writes `directory` (empty: ./NAME), which must not exist or be empty. What was written, for the author.
result<std::string> write_skeleton(const std::string& name, const std::string& directory);

}  // namespace godwit::app
