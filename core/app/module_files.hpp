#pragma once
// Where module files are: [runtime] module_path, then the directories next to the program.

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace godwit::app {

/// NAME.so in the first directory that has it.
std::optional<std::string> find_module(const std::string& name, const std::vector<std::string>& module_path);
/// Every module that find_module would find: name to file.
std::map<std::string, std::string> installed_modules(const std::vector<std::string>& module_path);
/// The directories searched, for error texts.
std::vector<std::string> module_directories(const std::vector<std::string>& module_path);

}  // namespace godwit::app
