#include "app/module_loader.hpp"

#include <algorithm>
#include <future>

#include "app/module_files.hpp"
#include "log/log.hpp"

namespace godwit::app {

namespace {

using namespace std::chrono_literals;
constexpr auto first_loop_limit = 10s;

/// A script may require anything; what is no module's name is no file's name either.
bool is_module_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

module_loader::module_loader(module::host& modules, rt::loop_group& loops,
                             std::vector<std::string> module_path, std::set<std::string> disabled)
    : modules_(modules),
      loops_(loops),
      module_path_(std::move(module_path)),
      disabled_(std::move(disabled)) {}

bool module_loader::load(std::string_view asked) {
  if (!is_module_name(asked)) return false;
  const std::string name(asked);
  const auto file = find_module(name, module_path_);
  if (!file) return false;
  if (loops_.at(0).is_current()) return load_here(name, *file);
  auto done = std::make_shared<std::promise<bool>>();
  auto outcome = done->get_future();
  loops_.at(0).post([this, name, file = *file, done] { done->set_value(load_here(name, file)); });
  if (outcome.wait_for(first_loop_limit) == std::future_status::ready) return outcome.get();
  log::error("app", "the module {} is not loaded yet: the first loop is busy", name);
  return false;
}

/// Two VMs may have asked at once: for the second one it is there already.
bool module_loader::load_here(const std::string& name, const std::string& file) {
  if (modules_.has(name)) return true;
  if (disabled_.contains(name)) {
    log::warn("app", "a script requires the module {}, which [modules.{}] enabled = false forbids, or an unload",
              name, name);
    return false;
  }
  const auto loaded = is_started_ ? modules_.load_online(name, file, {}) : modules_.load(name, file, {});
  if (!loaded) log::error("app", "a script requires the module {}: {}", name, loaded.why().text);
  return loaded.ok();
}

}  // namespace godwit::app
