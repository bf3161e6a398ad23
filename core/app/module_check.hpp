#pragma once
// Checking a module's file in a process of its own: one that crashes or blocks takes nothing with it.

#include <chrono>
#include <string>

namespace godwit::app {

/// Prints what the module provides and needs, or why it is refused, as `program`; the exit status. Call it while the process has
/// one thread.
int check_module_apart(const std::string& program, const std::string& file, std::chrono::seconds limit);

}  // namespace godwit::app
