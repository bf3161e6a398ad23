#include "app/module_skeleton.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace godwit::app {

namespace {

namespace fs = std::filesystem;

/// The template's own name, which every mention of it in texts and file names gives way to.
constexpr std::string_view placeholder = "greeting";

std::string renamed(std::string text, std::string_view name) {
  for (auto at = text.find(placeholder); at != text.npos; at = text.find(placeholder, at + name.size()))
    text.replace(at, placeholder.size(), name);
  return text;
}

result<void> copy_renamed(const fs::path& from, const fs::path& to, std::string_view name) {
  std::ifstream in(from);
  std::ostringstream text;
  text << in.rdbuf();
  fs::create_directories(to.parent_path());
  std::ofstream out(to);
  out << renamed(text.str(), name);
  out.close();
  return in && out ? result<void>() : fail("{}: cannot be written", to.string());
}

bool is_module_name(std::string_view name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

result<std::string> write_skeleton(const std::string& name, const std::string& directory) {
  if (!is_module_name(name)) return fail("module name '{}': use lower-case letters, digits and underscores, a letter first", name);
  const fs::path target = directory.empty() ? name : directory;
  std::error_code ignored;
  const auto source = fs::read_symlink("/proc/self/exe", ignored).parent_path().parent_path() / "share/godwit/sdk/template";
  if (!fs::is_directory(source, ignored)) return fail("{} is not there: install Godwit's SDK (cmake --install)", source.string());
  if (fs::exists(target, ignored) && !fs::is_empty(target, ignored)) return fail("{} exists already: name another folder", target.string());
  std::string told;
  for (const auto& entry : fs::recursive_directory_iterator(source)) {
    if (!entry.is_regular_file()) continue;
    const auto file = target / renamed(fs::relative(entry.path(), source).string(), name);
    if (auto copied = copy_renamed(entry.path(), file, name); !copied) return copied.why();
    told += file.string() + "\n";
  }
  return told + fmt::format("Build it: cmake -B {0}/build -S {0} && cmake --build {0}/build && ctest --test-dir {0}/build\n", target.string());
}

}  // namespace godwit::app
