#pragma once
// The version of this build, as --version, kumo.version and modules see it.

#include <string_view>

namespace godwit::app {

inline constexpr std::string_view version = "2026.11.22-godwit-0.1.0";

}  // namespace godwit::app
