#include "app/daemon.hpp"

#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <thread>

#include "app/availability.hpp"
#include "app/commands.hpp"
#include "app/http_policy.hpp"
#include "app/http_routes.hpp"
#include "app/memory_guard.hpp"
#include "app/module_control.hpp"
#include "app/module_files.hpp"
#include "app/module_loader.hpp"
#include "app/processor_usage.hpp"
#include "app/resolver_slot.hpp"
#include "app/spool_scan.hpp"
#include "app/startup_collector.hpp"
#include "app/statistics.hpp"
#include "app/summary.hpp"
#include "app/trace_files.hpp"
#include "app/version.hpp"
#include "base/host_name.hpp"
#include "control/server.hpp"
#include "deliver/smtp_agent.hpp"
#include "http/server.hpp"
#include "log/log.hpp"
#include "lua_api/policy.hpp"
#include "metrics/catalogue.hpp"
#include "module/module_host.hpp"
#include "module/record_dispatcher.hpp"
#include "queue/special_queue.hpp"
#include "receive/deferred_injector.hpp"
#include "receive/session.hpp"
#include "rt/await_on.hpp"
#include "rt/gate.hpp"
#include "smtp/server.hpp"
#include "spool/kind_registry.hpp"

namespace godwit::app {

using namespace std::chrono_literals;

namespace {

constexpr auto module_stop_limit = 10s;
constexpr auto session_stop_limit = 30s;
constexpr auto console_stop_limit = 5s;
constexpr auto http_stop_limit = 5s;
constexpr auto trace_stop_limit = 5s;
constexpr auto housekeeping_interval = 1s;
constexpr const char* comes_with_a_policy[] = {"dkim", "log_json", "maildir"};

std::size_t loop_count(const runtime_settings& s) {
  return s.loops > 0 ? s.loops : std::max(1U, std::thread::hardware_concurrency());
}

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, s);
  return set;
}

}  // namespace

/// In order of construction; each may use those above it, and outlives none of them.
struct daemon::parts {
  parts(const arguments& a, settings s, std::string node)
      : args(a),
        config(std::move(s)),
        node_id(std::move(node)),
        memory(config.runtime.memory_soft_limit),
        pool(std::in_place, "blocking", config.runtime.blocking_threads),
        module_pool(std::in_place, "modules", config.runtime.module_threads),
        loops(loop_count(config.runtime)) {}

  arguments args;
  settings config;
  std::string node_id;
  memory_guard memory;
  processor_usage processors;
  std::optional<rt::blocking_pool> pool;
  std::optional<rt::blocking_pool> module_pool;  ///< slow queries of modules never keep the spool waiting
  rt::loop_group loops;
  hook::table hooks;
  lua::registry scripts;
  module::record_dispatcher records;
  resolver_slot names;
  net::tls_context_cache tls;
  std::shared_ptr<app::statistics> statistics = std::make_shared<app::statistics>();
  control::registry commands;
  command_services reach{.commands = commands,
                         .loops = &loops,
                         .hooks = &hooks,
                         .statistics = statistics.get(),
                         .names = &names,
                         .pool = &*pool,
                         .module_pool = &*module_pool,
                         .config = &config};  ///< filled as parts are made
  http::router routes;
  std::unique_ptr<lua_api::policy> policy;
  std::unique_ptr<module::host> modules;
  std::unique_ptr<module_loader> loader;
  std::unique_ptr<module_control> module_changes;
  std::vector<std::unique_ptr<rt::gate>> upkeep;  ///< by loop: what runs as long as the daemon
  std::unique_ptr<spool::spool> store;
  std::unique_ptr<queue::manager> queues;
  std::unique_ptr<spool_scan> scan;
  std::unique_ptr<receive::service> receiving;
  std::unique_ptr<smtp::server> server;
  std::unique_ptr<availability> available;
  std::unique_ptr<http::service> http_answers;
  std::unique_ptr<http::server> http_server;
  bool loops_run = false;
  std::unique_ptr<trace_files> traces;
  std::unique_ptr<control::server> console;
  std::atomic<bool> stopping{false};

  result<void> prepare();
  result<void> make_policy();
  void make_module_host();
  void start_loops();
  result<std::string> module_file(const std::string& name) const;
  result<void> load_modules();
  result<void> run_policy();
  result<void> open_spool();
  void make_queues();
  void start_upkeep();
  result<void> listen();
  result<void> open_console();
  result<void> listen_http();
  void reload();
  void look_around();
  void reopen_logs();
  void shut_down();
};

result<void> daemon::parts::make_policy() {
  lua::engine_options engine;
  engine.policy_file = config.policy.value_or("");
  engine.loops = loops.size();
  engine.is_validating = args.validate;
  try {
    policy = std::make_unique<lua_api::policy>(lua_api::policy_parts{
        .hooks = hooks,
        .scripts = scripts,
        .names = names,
        .version = std::string(version),
        .engine = std::move(engine),
        .fallback = config.queues,
    });
  } catch (const std::runtime_error& e) {
    return error{e.what()};
  }
  return {};
}

void daemon::parts::make_module_host() {
  modules = std::make_unique<module::host>(module::services{
      .hooks = hooks,
      .scripts = scripts,
      .records = records,
      .loops = loops,
      .pool = *module_pool,
      .resolver = &names,
      .routes = &routes,
      .commands = &commands,
      .load_data = [this](mail::message_ref m) -> rt::task<bool> {
        const auto loaded = co_await store->load_data(*m);
        co_return loaded.ok();
      },
      .hostname = system_host_name(),
      .node_id = node_id,
      .version = std::string(version),
  });
  reach.modules = modules.get();
  loader = std::make_unique<module_loader>(*modules, loops, config.runtime.module_path, config.disabled_modules);
  scripts.set_loader([this](std::string_view name) { return loader->load(name); });
  module_changes = std::make_unique<module_control>(module_control::parts{
      .modules = *modules,
      .on_request = *loader,
      .renew_policy = [this] { return policy->reload(); },
      .config_file = args.config,
      .module_path = config.runtime.module_path,
      .first_settings = config.modules,
  });
  reach.module_changes = module_changes.get();
}

result<std::string> daemon::parts::module_file(const std::string& name) const {
  if (const auto file = find_module(name, config.runtime.module_path)) return *file;
  return fail("the module is enabled but {}.so is in none of {}", name,
              fmt::join(module_directories(config.runtime.module_path), ", "));
}

/// What the configuration enables. A bare policy also gets the modules that add to the core's own objects, as far as they
/// are installed: nothing requires these by name. Others come when a script requires them.
result<void> daemon::parts::load_modules() {
  const bool is_bare_policy = !args.config;
  if (is_bare_policy) {
    for (const auto* name : comes_with_a_policy) {
      if (find_module(name, config.runtime.module_path)) config.modules.try_emplace(name);
    }
  }
  for (const auto& [name, module_settings] : config.modules) {
    const auto file = module_file(name);
    if (!file) return fail("modules.{}: {}", name, file.why().text);
    if (auto loaded = modules->load(name, *file, module_settings); !loaded) return loaded;
  }
  return settle(config);
}

result<void> daemon::parts::run_policy() {
  startup_collector sink(config, names, memory);
  if (config.dns) {
    if (auto named = names.configure(*config.dns); !named) return named;
  }
  return rt::await_on(loops.at(0), [&]() -> rt::task<result<void>> {
    auto ok = co_await policy->load();
    if (ok) ok = co_await policy->start_up(sink);
    co_return ok;
  });
}

void daemon::parts::start_upkeep() {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    auto& gate = *upkeep.emplace_back(std::make_unique<rt::gate>(loops.at(i), "upkeep"));
    loops.at(i).post([this, &gate] { gate.spawn("lua VMs", [this] { return policy->maintain(); }); });
  }
}

result<void> daemon::parts::open_spool() {
  if (config.spools.empty()) {
    return fail("no spool is defined: call kumo.define_spool for \"data\" and \"meta\" in init, or write [spool.data] and "
                "[spool.meta]");
  }
  auto opened = spool::open(config.spools, *pool);
  if (!opened) return opened.why();
  store = std::move(*opened);
  return {};
}

void daemon::parts::make_queues() {
  queues = std::make_unique<queue::manager>(queue::manager_parts{
      .loops = loops,
      .events = *policy,
      .store = *store,
      .records = records,
      .config_epoch = [this] { return policy->epoch(); },
      .memory = [this] { return memory.level(); },
  });
  queues->set_agent("smtp", std::make_shared<deliver::smtp_agent>(
                                deliver::smtp_agent_parts{.names = names, .host_name = system_host_name()}));
  queues->set_agent("custom_lua", policy->custom_lua_agent());
  queues->set_agent(std::string(queue::deferred_smtp_inject_agent), std::make_shared<receive::deferred_injector>(
                                                                        hooks.get("smtp_server_message_deferred_inject")));
  policy->attach(*store, *queues);
  scan = std::make_unique<spool_scan>(loops, *store, *queues);
}

result<void> daemon::parts::listen() {
  receiving = std::make_unique<receive::service>(
      receive::service{receive::events(hooks), *store, *queues, records, [this] { return available->refusal(); }});
  server = std::make_unique<smtp::server>(
      loops,
      [this](const smtp::session_start& start) -> std::unique_ptr<smtp::session_policy> {
        return std::make_unique<receive::session>(*receiving, start);
      },
      tls);
  for (const auto& options : config.listeners) {
    auto bound = server->listen(options);
    if (!bound) return bound.why();
    for (const auto& endpoint : *bound) log::info("smtp", "smtp listener on {}", endpoint.text());
  }
  return {};
}

/// A path that was asked for must work; the default one is taken when it is free.
result<void> daemon::parts::open_console() {
  records.add("core", "statistics", statistics);
  reach.queues = queues.get();
  reach.smtp = server.get();
  traces = std::make_unique<trace_files>(loops.at(0), *pool);
  reach.traces = traces.get();
  const auto named = args.control_socket ? args.control_socket : config.control.socket;
  const auto path = named.value_or(control::usable_default_socket());
  if (path.empty()) {
    if (!named) log::info("control", "no control socket: {} cannot be written", control::default_socket);
    return {};
  }
  console = std::make_unique<control::server>(loops.at(0), *pool, commands, std::string(version));
  auto bound = console->listen(path, config.control);
  if (bound) {
    log::info("control", "control socket on {}", path);
  } else if (!named) {
    log::warn("control", "{}", bound.why().text);
    return {};
  }
  return bound;
}

result<void> daemon::parts::listen_http() {
  if (auto added = add_core_routes(routes, *available); !added) return added;
  http_answers = std::make_unique<http::service>(routes, make_policy_judge(hooks, *policy), make_policy_acls(hooks, *policy));
  http_server = std::make_unique<http::server>(loops, *http_answers, tls);
  for (const auto& options : config.http_listeners) {
    const auto bound = http_server->listen(options);
    if (!bound) return bound.why();
    log::info("http", "{} listener on {}", options.use_tls ? "https" : "http", bound->text());
  }
  return {};
}

void daemon::parts::reload() {
  tls.clear();
  const auto loaded = rt::await_on(loops.at(0), [this] { return policy->reload(); });
  if (loaded) log::info("app", "the policy was loaded again");
}

/// Every second, between signals.
void daemon::parts::look_around() {
  memory.check();
  processors.sample();
  statistics->tick();
}

/// Also before an orderly end of what never started: coroutines that stop things run on loops.
void daemon::parts::start_loops() {
  if (!std::exchange(loops_run, true)) loops.start();
}

void daemon::parts::reopen_logs() {
  const auto done = rt::await_on(loops.at(0), [this] { return app::reopen_logs(hooks); });
  if (!done) log::error("app", "{}", done.why().text);
}

void daemon::parts::shut_down() {
  stopping = true;
  start_loops();
  log::info("app", "shutting down");
  if (console) rt::await_on(loops.at(0), [this] { return console->stop(console_stop_limit); });
  if (server) server->stop(session_stop_limit);
  if (scan) scan->stop();
  if (queues) rt::await_on(loops.at(0), [this] { return queues->shutdown(); });
  if (traces) rt::await_on(loops.at(0), [this] { return traces->stop(trace_stop_limit); });
  if (http_server) http_server->stop(http_stop_limit);
  if (modules) rt::await_on(loops.at(0), [this] { return modules->stop(module_stop_limit); });
  for (auto& gate : upkeep) rt::await_on(gate->owner(), [&gate] { return gate->close(module_stop_limit); });
  if (store) store->close();
  if (modules) rt::await_on(loops.at(0), [this] { return modules->stop(module_stop_limit); });  // those that kept the spool
  loops.stop();
  loops.join();
  // A job that outlasted its time limit tells a loop when it ends: while there still is one. Nobody begins jobs any more.
  module_pool.reset();
  pool.reset();
  log::info("app", "shutdown complete");
}

result<void> daemon::parts::prepare() {
  if (auto added = add_core_commands(reach); !added) return added;
  if (auto made = make_policy(); !made) return made;
  if (auto loaded = load_modules(); !loaded) return loaded;
  // For scripts alone: what the configuration file names it also enables.
  spool::set_module_loader([this](std::string_view name) { return loader->load(name); });
  return {};
}

daemon::daemon(const arguments& args, settings s, std::string node_id)
    : parts_(std::make_unique<parts>(args, std::move(s), std::move(node_id))) {
  parts_->make_module_host();
}

daemon::~daemon() {
  if (!parts_->stopping) parts_->shut_down();
  spool::set_module_loader({});
}

void daemon::check_modules(config::problems& found) const {
  for (const auto& [name, module_settings] : parts_->config.modules) {
    const auto path = config::detail::join("modules", name);
    config::problems own;
    const auto file = parts_->module_file(name);
    const auto checked = file ? parts_->modules->check_settings(name, *file, module_settings, own) : file.why();
    if (!checked) found.push_back({path, checked.why().text});
    for (auto& p : own) found.push_back({p.path.empty() ? path : config::detail::join(path, p.path), std::move(p.text)});
  }
}

result<void> daemon::start() {
  auto& p = *parts_;
  if (auto ready = p.prepare(); !ready) return ready;
  metrics::create_unlabelled();
  p.memory.check();
  p.start_loops();
  if (auto ran = p.run_policy(); !ran) return ran;
  if (auto named = p.names.use_default(); !named) return named;
  if (auto opened = p.open_spool(); !opened) return opened;
  p.make_queues();
  if (auto started = p.modules->start(); !started) return started;
  p.loader->set_started();
  p.queues->start();
  p.available = std::make_unique<availability>(availability{p.stopping, p.memory, *p.modules, *p.store});
  if (auto bound = p.listen(); !bound) return bound;
  if (auto bound = p.listen_http(); !bound) return bound;
  p.start_upkeep();
  p.scan->start();
  if (auto opened = p.open_console(); !opened) return opened;
  log::info("app", "initialization complete");
  return {};
}

result<void> daemon::validate() {
  auto& p = *parts_;
  if (auto ready = p.prepare(); !ready) return ready;
  p.start_loops();
  return p.run_policy();
}

void daemon::run_until_stopped() {
  const auto set = handled_signals();
  for (;;) {
    const timespec interval{std::chrono::seconds(housekeeping_interval).count(), 0};
    switch (::sigtimedwait(&set, nullptr, &interval)) {
      case SIGUSR1: log_queue_summary(*parts_->queues); break;
      case SIGHUP: parts_->reload(); break;
      case SIGUSR2: parts_->reopen_logs(); break;
      case SIGTERM:
      case SIGINT: return parts_->shut_down();
      default: parts_->look_around();
    }
  }
}

void daemon::block_signals() {
  const auto set = handled_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace godwit::app
