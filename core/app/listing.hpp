#pragma once
// Reference listings made from the declarations themselves.

#include <string>

#include "base/result.hpp"

namespace godwit::app {

/// Markdown, one section a table: docs/reference/options.md is this text.
result<std::string> list_options(const std::string& module_directory);
/// Markdown, one table: docs/reference/events.md is this text.
std::string list_events();
/// Markdown, one table: docs/reference/metrics.md is this text.
std::string list_metrics();
/// JSON, for --dump-metric-metadata: array of {name, type, labels, pruned, help}.
std::string dump_metrics();
/// Markdown, one section a command: docs/reference/console.md is this text.
result<std::string> list_commands();
/// What scripts can call, of the core and of the modules found next to the program or in `module_directory`.
result<std::string> list_lua_api(const std::string& module_directory, bool json);

}  // namespace godwit::app
