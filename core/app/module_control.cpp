#include "app/module_control.hpp"

#include <asio/this_coro.hpp>

#include "app/module_files.hpp"
#include "app/module_loader.hpp"
#include "app/settings.hpp"
#include "module/module_host.hpp"

namespace godwit::app {

namespace {

constexpr auto drain_limit = std::chrono::seconds(10);

/// [modules.NAME] as the file is now; what else it says takes effect with the next start.
result<object> read_settings(const std::string& config_file, const std::string& name) {
  const auto read = load_configuration(config_file);
  if (!read) return read.why();
  const auto* all = read->source.root.find("modules");
  const auto* own = all ? all->find(name) : nullptr;
  if (!own) return object{};
  if (!own->as_object()) return fail("modules.{}: table expected", name);
  auto given = *own->as_object();
  given.erase("enabled");
  return given;
}

}  // namespace

result<module_control::source> module_control::find(const std::string& name) const {
  source found;
  const auto file = find_module(name, parts_.module_path);
  if (!file) return fail("{}.so is in none of {}", name, fmt::join(module_directories(parts_.module_path), ", "));
  found.file = *file;
  if (!parts_.config_file) return found;
  auto settings = read_settings(*parts_.config_file, name);
  if (!settings) return settings.why();
  found.settings = std::move(*settings);
  return found;
}

std::vector<std::string> module_control::loadable() const {
  std::vector<std::string> names;
  for (const auto& [name, file] : installed_modules(parts_.module_path)) {
    if (!parts_.modules.has(name)) names.push_back(name);
  }
  return names;
}

object module_control::settings_of(const std::string& name) const {
  if (const auto later = given_.find(name); later != given_.end()) return later->second;
  const auto first = parts_.first_settings.find(name);
  return first == parts_.first_settings.end() ? object{} : first->second;
}

rt::task<result<std::string>> module_control::tell(std::string name, std::string done) {
  const auto renewed = co_await parts_.renew_policy();
  if (renewed) co_return fmt::format("Module {} {}.", name, done);
  co_return fail("module {} is {}, but the policy cannot be loaded with that, its former text stays in force: {}", name, done,
                 renewed.why().text);
}

rt::task<result<std::string>> module_control::load(std::string name) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const auto from = find(name);
  if (!from) co_return from.why();
  const auto loaded = parts_.modules.load_online(name, from->file, from->settings);
  if (!loaded) co_return loaded.why();
  given_[name] = from->settings;
  parts_.on_request.allow(name);
  auto told = co_await tell(name, "loaded");
  co_return told;
}

rt::task<result<std::string>> module_control::unload(std::string name) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (!parts_.modules.has(name)) co_return fail("module '{}' is not loaded", name);
  parts_.on_request.forbid(name);  // else the policy would bring it back
  const auto gone = co_await parts_.modules.unload(name, drain_limit);
  if (!gone && parts_.modules.has(name)) {
    parts_.on_request.allow(name);
    co_return gone.why();
  }
  auto told = co_await tell(name, "unloaded");
  if (!gone) co_return gone.why();
  co_return told;
}

rt::task<result<std::string>> module_control::reload(std::string name) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  const auto from = find(name);
  if (!from) co_return from.why();
  const auto renewed = co_await parts_.modules.reload(name, from->file, from->settings, drain_limit);
  if (!renewed.is_exchanged) co_return renewed.how.why();
  given_[name] = from->settings;
  auto told = co_await tell(name, parts_.modules.has(name) ? "loaded anew" : "not loaded any more");
  if (!renewed.how) co_return renewed.how.why();
  co_return told;
}

}  // namespace godwit::app
