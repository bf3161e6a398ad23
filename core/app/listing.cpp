#include "app/listing.hpp"

#include "app/module_files.hpp"
#include "app/settings.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "hook/catalogue.hpp"
#include "hook/table.hpp"
#include "log/log.hpp"
#include "lua_api/declarations.hpp"
#include "metrics/catalogue.hpp"
#include "module/module_host.hpp"
#include "module/record_dispatcher.hpp"
#include "rt/await_on.hpp"
#include "rt/blocking_pool.hpp"
#include "smtp/listener_domain.hpp"

namespace godwit::app {

namespace {

std::string cell(std::string text) {
  std::size_t at = 0;
  while ((at = text.find('|', at)) != std::string::npos) {
    text.replace(at, 1, "\\|");
    at += 2;
  }
  return text;
}

/// Touching each table registers it.
void register_tables() {
  runtime_options();
  log_options();
  control::socket_option_table();
  dns::resolver_option_table();
  spool::store_option_table();
  smtp::listener_option_table();
  smtp::listener_domain_table();
  http::listener_option_table();
  queue::queue_options();
  queue::path_options();
  queue::source_options();
  queue::pool_options();
}

/// The installed modules, loaded for a server that serves nobody: what they declare can be listed.
class module_house {
 public:
  ~module_house() {
    loops_.start();
    rt::await_on(loops_.at(0), [this] { return modules_.stop(std::chrono::seconds(5)); });
  }

  result<void> load(const std::string& directory) {
    if (auto quiet = log::set_filter("error"); !quiet) return quiet;
    if (auto declared = lua_api::declare_all(scripts_, none_); !declared) return declared;
    std::vector<std::string> path;
    if (!directory.empty()) path.push_back(directory);
    for (const auto& [name, file] : installed_modules(path)) {
      // One that cannot do without settings declares nothing here; that must not hide the others.
      if (auto loaded = modules_.load(name, file, {}); !loaded)
        fmt::print(stderr, "godwit: {} is left out: {}\n", name, loaded.why().text);
    }
    return {};
  }

  const lua::registry& scripts() const { return scripts_; }

 private:
  hook::table hooks_;
  lua::registry scripts_;
  lua_api::services none_;
  module::record_dispatcher records_;
  rt::blocking_pool pool_{"listing", 1};
  rt::loop_group loops_{1};
  module::host modules_{module::services{.hooks = hooks_, .scripts = scripts_, .records = records_, .loops = loops_,
                                         .pool = pool_, .load_data = {}, .hostname = "", .node_id = "", .version = ""}};
};

}  // namespace

result<std::string> list_options(const std::string& module_directory) {
  register_tables();
  module_house house;
  if (auto loaded = house.load(module_directory); !loaded) return loaded.why();
  std::string out =
      "# Options\n\nEvery table of options, as Lua functions and TOML scopes take them. This page is the output of "
      "`godwit options`.\n";
  for (const auto& [name, table] : config::all_tables()) {
    out += fmt::format("\n## {}\n\n{}\n\n| option | type | default | meaning |\n|---|---|---|---|\n", name, table->summary());
    for (const auto& f : table->fields()) {
      out += fmt::format("| `{}` | {} | {} | {} |\n", f.name, cell(f.type), cell("`" + f.fallback + "`"), cell(f.meaning));
    }
  }
  return out;
}

std::string list_events() {
  std::string out =
      "# Events\n\nWhat a policy handles with `kumo.on` and, where the last column says so, a module with `on(…)` "
      "([Hooks](../../sdk/docs/hooks.md)). *Several*: more than one Lua handler may be registered; they run in order until "
      "one returns a value. *reject* is `kumo.reject(code, text)`. This page is the output of `godwit events`.\n\n"
      "| event | arguments | a handler may answer | when | Lua handlers | modules |\n|---|---|---|---|---|---|\n";
  for (const auto& e : hook::catalogue()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", e.name, e.arguments, e.answers, e.when,
                       e.is_multiple ? "several" : "one", e.is_for_modules ? "yes" : "");
  }
  return out;
}

std::string list_metrics() {
  std::string out =
      "# Metrics\n\nWhat `/metrics` shows of the server itself ([HTTP](../http.md)); modules add their own. *Pruned*: a series goes "
      "when its queue or peer is gone. Latencies and durations are seconds. This page is the output of `godwit metrics`.\n\n"
      "| metric | type | labels | pruned | meaning |\n|---|---|---|---|---|\n";
  for (const auto& m : metrics::catalogue()) {
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", m.name, metrics::name_of(m.kind), m.labels, m.is_pruned ? "yes" : "",
                       cell(std::string(m.help)));
  }
  return out;
}

std::string dump_metrics() {
  value::array all;
  for (const auto& m : metrics::catalogue()) {
    value::array labels;
    for (const auto label : split(m.labels, ',')) {
      if (!label.empty()) labels.emplace_back(trim(label));
    }
    all.push_back(object{{"name", m.name},
                         {"type", metrics::name_of(m.kind)},
                         {"labels", std::move(labels)},
                         {"pruned", m.is_pruned},
                         {"help", m.help}});
  }
  return json::write_pretty(std::move(all)) + "\n";
}

result<std::string> list_lua_api(const std::string& module_directory, bool json) {
  module_house house;
  if (auto loaded = house.load(module_directory); !loaded) return loaded.why();
  const auto& scripts = house.scripts();
  return json ? json::write_pretty(scripts.describe()) + "\n" : scripts.describe_text();
}

}  // namespace godwit::app
