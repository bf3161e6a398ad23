// config show
#include "app/commands.hpp"
#include "app/settings.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"

namespace godwit::app {

namespace {

using control::invocation;

bool is_secret(std::string_view key) {
  const auto name = to_lower(key);
  for (const auto* part : {"password", "passwd", "secret", "private_key", "key_data", "api_key", "token"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

value masked(const value& v);

value masked_items(const value::array& items) {
  value::array out;
  for (const auto& item : items) out.push_back(masked(item));
  return out;
}

/// Secrets are not for screens and logs of screens.
value masked(const value& v) {
  if (const auto* items = v.as_array()) return masked_items(*items);
  const auto* members = v.as_object();
  if (!members) return v;
  object out;
  for (const auto& [key, member] : *members) {
    out.set(key, is_secret(key) && !member.is_null() ? value("***") : masked(member));
  }
  return out;
}

template <class T>
value rendered(const std::vector<T>& all, const config::options<T>& table) {
  value::array out;
  for (const auto& one : all) out.push_back(table.render(one));
  return out;
}

/// The effective settings as sections of the file, with defaults; queue and egress scopes as they are written, because
/// what holds for a queue depends on its name.
object sections(const settings& config) {
  object all;
  if (config.policy) all.set("policy", *config.policy);
  all.set("runtime", runtime_options().render(config.runtime));
  all.set("log", log_options().render(config.log));
  all.set("control", control::socket_option_table().render(config.control));
  if (config.dns) all.set("dns", dns::resolver_option_table().render(*config.dns));
  object spools, modules;
  for (const auto& store : config.spools) spools.set(store.name, spool::store_option_table().render(store));
  all.set("spool", std::move(spools));
  all.set("listener", rendered(config.listeners, smtp::listener_option_table()));
  all.set("http", rendered(config.http_listeners, http::listener_option_table()));
  for (const auto& [name, scope] : config.queues->sections()) all.set(name, scope);
  for (const auto& [name, members] : config.modules) modules.set(name, members);
  all.set("modules", std::move(modules));
  return all;
}

void show(const std::string& path, const value& v, control::output& out) {
  const auto* members = v.as_object();
  if (!members) return out.text(fmt::format("{} = {}", path, json::write(v)));
  for (const auto& [key, member] : *members) {
    show(path.empty() ? key : path + "." + key, member, out);
  }
}

result<void> show_config(const settings& config, invocation& call) {
  const auto path = call.args.text("path");
  value at = masked(sections(config));
  for (const auto part : split(path, ' ')) {
    if (part.empty()) continue;
    const auto* member = at.find(part);
    if (!member) return fail("the configuration has no '{}'", path);
    at = value(*member);
  }
  std::string shown(path);
  std::replace(shown.begin(), shown.end(), ' ', '.');
  show(shown, at, call.out);
  return {};
}

}  // namespace

result<void> add_config_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "config show",
     .summary = "The settings in effect, with their defaults; scopes as written; what events of a policy answer is not among them.",
     .role = control::role::admin,
     .parameters = {{"path", control::word_type::rest, true, "scope, name and option: spool data path"}},
     .handler = at_once([&s](invocation& call) { return show_config(*s.config, call); })},
  });
}

}  // namespace godwit::app
