#include "app/module_files.hpp"

#include <filesystem>

namespace godwit::app {

namespace fs = std::filesystem;

std::vector<std::string> module_directories(const std::vector<std::string>& module_path) {
  auto all = module_path;
  std::error_code ignored;
  const auto bin = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  all.push_back((bin.parent_path() / "modules").string());              // a build tree
  all.push_back((bin.parent_path() / "lib" / "godwit" / "modules").string());  // an installation
  return all;
}

std::optional<std::string> find_module(const std::string& name, const std::vector<std::string>& module_path) {
  for (const auto& directory : module_directories(module_path)) {
    const auto file = fs::path(directory) / (name + ".so");
    std::error_code ignored;
    if (fs::exists(file, ignored)) return file.string();
  }
  return std::nullopt;
}

std::map<std::string, std::string> installed_modules(const std::vector<std::string>& module_path) {
  std::map<std::string, std::string> all;
  for (const auto& directory : module_directories(module_path)) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored)) {
      if (entry.path().extension() == ".so") all.try_emplace(entry.path().stem().string(), entry.path().string());
    }
  }
  return all;
}

}  // namespace godwit::app
