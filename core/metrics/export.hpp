#pragma once
// All series as clients of the HTTP API want them.

#include <string>
#include <string_view>

namespace godwit::metrics {

/// expose_text() with `prefix` (see is_valid_prefix) before each name.
std::string expose_text(std::string_view prefix);
/// KumoMTA's /metrics.json: name -> {help, type, value}.
std::string expose_json();
/// Empty, or what a metric's name may start with.
bool is_valid_prefix(std::string_view prefix);

}  // namespace godwit::metrics
