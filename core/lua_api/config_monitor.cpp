#include "lua_api/config_monitor.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "lua_api/glob.hpp"

namespace godwit::lua_api {

config_monitor::config_monitor(std::string policy_file)
    : globs_{"/opt/kumomta/etc/**/*.{lua,json,toml,yaml}"} {
  if (!policy_file.empty()) globs_.push_back(std::move(policy_file));
}

void config_monitor::set_globs(std::vector<std::string> globs) {
  const std::scoped_lock lock(mutex_);
  globs_ = std::move(globs);
}

std::vector<std::string> config_monitor::files() const {
  std::vector<std::string> globs;
  {
    const std::scoped_lock lock(mutex_);
    globs = globs_;
  }
  std::vector<std::string> all;
  for (const auto& pattern : globs) {
    for (auto& name : glob(pattern, ".")) all.push_back(std::move(name));
  }
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
  return all;
}

std::uint64_t config_monitor::fingerprint() const {
  std::uint64_t sum = 0;
  const auto add = [&sum](const std::string& text) {
    sum = sum * 1099511628211U ^ std::hash<std::string>{}(text);
  };
  for (const auto& name : files()) {
    std::ifstream in(name, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    add(name);
    add(std::move(text).str());
  }
  return sum;
}

}  // namespace godwit::lua_api
