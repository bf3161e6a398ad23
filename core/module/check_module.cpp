// godwitd --check-module: a module against a host that serves nobody.
#include "control/registry.hpp"
#include "http/router.hpp"
#include "lua/registry.hpp"
#include "module/host_table.hpp"
#include "module/instance.hpp"
#include "module/lifecycle.hpp"
#include "module/module_host.hpp"
#include "module/record_dispatcher.hpp"
#include "queue/protocol_registry.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"
#include "spool/kind_registry.hpp"
#include "spool/record_store.hpp"

namespace godwit::module {

namespace {

/// Collaborators made for the occasion; their loops never run.
struct empty_house {
  hook::table hooks;
  lua::registry scripts;
  record_dispatcher records;
  control::registry commands;
  rt::loop_group loops{1};
  rt::blocking_pool pool{"check", 1};
  http::router routes;

  std::shared_ptr<shared_state> open() {
    return std::make_shared<shared_state>(services{.hooks = hooks,
                                                   .scripts = scripts,
                                                   .records = records,
                                                   .loops = loops,
                                                   .pool = pool,
                                                   .resolver = nullptr,
                                                   .routes = &routes,
                                                   .commands = &commands,
                                                   .load_data = {},
                                                   .hostname = "localhost",
                                                   .node_id = {},
                                                   .version = "check"});
  }
};

void describe_settings(std::string& out, const godwit_option_table* declared) {
  if (declared == nullptr) return;
  out += "settings:\n";
  for (const auto& f : option_schema(*declared).fields())
    out += fmt::format("  {} ({}{}{}): {}\n", f.name, f.type, f.fallback.empty() ? "" : ", ", f.fallback,
                       f.meaning);
}

void describe_hooks(std::string& out, const hook::table& hooks) {
  for (const auto& h : hooks.list()) out += fmt::format("hook {} at priority {}\n", h.event, h.priority);
}

void describe_needs(std::string& out, const library& code) {
  const auto names = code.needs();
  if (!names.empty()) out += fmt::format("needs: {}\n", fmt::join(names, ", "));
}

void describe_routes(std::string& out, const http::router& routes) {
  for (const auto& r : routes.list()) out += fmt::format("HTTP route {} {}: {}\n", r->method, r->path, r->summary);
}

void describe_commands(std::string& out, const control::registry& commands) {
  for (const auto& c : commands.all()) out += fmt::format("command {}: {}\n", c->usage(), c->summary);
}

void describe_protocols(std::string& out, std::string_view owner) {
  for (const auto& key : queue::protocol_keys()) {
    const auto kind = queue::find_protocol(key);
    if (kind && kind->owner == owner) out += fmt::format("delivery protocol {}\n", kind->name);
  }
  for (const auto& name : spool::provided_kind_names()) {
    const auto kind = spool::find_kind(name);
    if (kind && kind->owner == owner) out += fmt::format("spool kind {}{}\n", kind->name, kind->is_volatile ? ", not durable" : "");
  }
}

/// Settings with every required option given would be somebody's configuration: init runs only without such.
bool needs_settings(godwit_instance& one, value& normalised) {
  config::problems missing;
  normalised = normalise_settings(one, {}, missing);
  return !missing.empty();
}

}  // namespace

result<std::string> check_module(const std::string& file) {
  empty_house house;
  auto opened = open_module(house.open(), file, {});
  if (!opened) return opened.why();
  auto& one = **opened;
  auto out = fmt::format("{} {}: {}\nABI {}.{}\n", one.id.name, one.id.version, one.id.summary,
                         one.id.abi_major, one.id.abi_minor);
  describe_needs(out, *one.code);
  describe_settings(out, one.functions.settings);
  value defaults;
  if (needs_settings(one, defaults)) {
    out += "init not run: settings without default are required\n";
    return out;
  }
  const auto up = bring_up(one, defaults);
  if (up) {
    describe_hooks(out, house.hooks);
    describe_routes(out, house.routes);
    describe_commands(out, house.commands);
    describe_protocols(out, one.id.name);
    out += house.scripts.describe_text();
  }
  tear_down(one);
  if (!up) return up.why();
  return out;
}

}  // namespace godwit::module
