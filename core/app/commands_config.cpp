// config show
#include "app/commands.hpp"
#include "app/module_control.hpp"
#include "app/settings.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "module/module_host.hpp"

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

/// A listener of a policy has no name: its address stands for one, with a number where that is not enough.
std::string address_of(const value& listener, const object& others) {
  const auto* listen = listener.find("listen");
  const auto* several = listen ? listen->as_array() : nullptr;
  const auto* first = several && !several->empty() ? &several->front() : listen;
  const std::string address = first && first->as_string() ? *first->as_string() : "listener";
  auto name = address;
  for (int n = 2; others.find(name); ++n) name = fmt::format("{}#{}", address, n);
  return name;
}

/// Those of the file come first, in the order of their names.
template <class T>
object listeners(const std::vector<T>& all, const std::vector<std::string>& names, const config::options<T>& table) {
  object out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto one = table.render(all[i]);
    auto name = i < names.size() ? names[i] : address_of(one, out);
    out.set(name, std::move(one));
  }
  return out;
}

value default_of(const config::field_doc& option) {
  const bool is_text = option.type == "string" || option.type == "duration" || option.type == "size" || option.type.starts_with('"');
  if (option.fallback.empty() || option.fallback == "required") return {};
  auto parsed = is_text ? result<value>(option.fallback) : json::parse(option.fallback);
  return parsed ? std::move(*parsed) : value(option.fallback);
}

/// What a module was loaded with, and the defaults of the rest where it declares options. Its own table has its name.
object module_settings(const std::string& name, object given) {
  const auto& tables = config::all_tables();
  const auto table = tables.find(name);
  for (const auto& option : table == tables.end() ? std::vector<config::field_doc>{} : table->second->fields()) {
    if (!given.find(option.name)) given.set(option.name, default_of(option));
  }
  return given;
}

/// The effective settings as sections of the file, with defaults; queue and egress scopes as they are written, because
/// what holds for a queue depends on its name.
object sections(const command_services& s) {
  const auto& config = *s.config;
  object all;
  if (config.policy) all.set("policy", *config.policy);
  all.set("runtime", runtime_options().render(config.runtime));
  all.set("log", log_options().render(config.log));
  all.set("control", control::socket_option_table().render(config.control));
  all.set("dns", dns::resolver_option_table().render(config.dns.value_or(dns::resolver_options{})));
  object spools, modules;
  for (const auto& store : config.spools) spools.set(store.name, spool::store_option_table().render(store));
  all.set("spool", std::move(spools));
  all.set("listener", listeners(config.listeners, config.listener_names, smtp::listener_option_table()));
  all.set("http", listeners(config.http_listeners, config.http_names, http::listener_option_table()));
  for (const auto& [name, scope] : config.queues->sections()) all.set(name, scope);
  for (const auto& m : s.modules->list()) modules.set(m.name, module_settings(m.name, s.module_changes->settings_of(m.name)));
  all.set("modules", std::move(modules));
  return all;
}

void show(const std::string& path, const value& v, control::output& out) {
  const auto* members = v.as_object();
  if (!members || members->empty()) return out.text(fmt::format("{} = {}", path, json::write(v)));
  for (const auto& [key, member] : *members) {
    show(path.empty() ? key : path + "." + key, member, out);
  }
}

result<void> show_config(const command_services& s, invocation& call) {
  const auto path = call.args.text("path");
  value at = masked(sections(s));
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
     .handler = at_once([&s](invocation& call) { return show_config(s, call); }),
     .help = "A listener of a policy is named by its address. Modules have what they were loaded with."},
  });
}

}  // namespace godwit::app
