#include "module/lifecycle.hpp"

#include "control/registry.hpp"
#include "http/router.hpp"
#include "log/log.hpp"
#include "module/host_table.hpp"
#include "module/phase_watch.hpp"
#include "module/record_dispatcher.hpp"
#include "module/script_function.hpp"
#include "queue/protocol_registry.hpp"
#include "spool/kind_registry.hpp"

#include <algorithm>

namespace godwit::module {

namespace {

/// The wrapper catches all exceptions; one that comes from a module without it ends here as well.
template <class F>
result<void> contained(godwit_instance& one, std::string_view step, F f) {
  one.failure.clear();
  const phase_watch watch(fmt::format("module '{}': {}", one.id.name, step), one.host->services.slow_phase);
  std::string thrown;
  try {
    const godwit_status status = f();
    if (status == GODWIT_OK) return {};
    thrown = one.failure.empty() ? fmt::format("status {}", status) : one.failure;
  } catch (const std::exception& e) {
    thrown = fmt::format("it threw across the boundary: {}", e.what());
  } catch (...) {
    thrown = "it threw across the boundary";
  }
  return fail("module '{}': {} failed: {}", one.id.name, step, thrown);
}

/// Code of a module that did not drain may still run, and may drop the last reference to its own instance.
void keep_mapped(std::shared_ptr<library> code) {
  static std::mutex mutex;
  static auto& all = *new std::vector<std::shared_ptr<library>>();
  const std::lock_guard lock(mutex);
  all.push_back(std::move(code));
}

void withdraw(godwit_instance& one) {
  const auto& name = one.id.name;
  const auto& s = one.host->services;
  if (!one.heir && !one.inherits) withdraw_heritage(one);  // else it stays, and leads to the successor or to who comes in its place
  for (const auto& t : std::exchange(one.taps, {})) log::remove_tap(t);
  if (s.commands != nullptr) s.commands->remove_owner(name);
  one.host->health.remove_owner(name);
  spool::withdraw_kinds(name);
}

void stop(godwit_instance& one) {
  withdraw(one);
  one.phase = phase::draining;
  one.timers->end_all();
  one.declared.clear();
  one.bodies.clear();
  one.hooks.clear();
  one.sinks.clear();
  one.routes.clear();
  one.protocols.clear();
  if (auto ok = run_phase(one, "stop", one.functions.stop); !ok) log::error("module", "{}", ok.why().text);
  one.phase = phase::stopped;
  for (const auto& [name, labels] : one.series) metrics::prune(name, labels);
}

rt::task<> close_gates(std::shared_ptr<godwit_instance> one, rt::steady_clock::time_point until) {
  for (std::size_t i = 0; i < one->gate_count(); ++i) {
    const auto limit = std::max<std::chrono::nanoseconds>(until - rt::steady_clock::now(), {});
    // Named, and without captures to destroy: GCC 12 destroys a lambda inside a co_await expression twice.
    auto close = [&gate = one->gate_at(i), limit] { return gate.close(limit); };
    co_await rt::run_on(one->host->services.loops.at(i), close);
  }
}

}  // namespace

void withdraw_heritage(const godwit_instance& one) {
  const auto& name = one.id.name;
  const auto& s = one.host->services;
  s.scripts.remove_owner(name);
  s.hooks.remove_owner(name);
  s.records.remove_owner(name);
  if (s.routes != nullptr) s.routes->remove_owner(name);
  queue::withdraw_protocols(name);
}

result<std::shared_ptr<godwit_instance>> open_module(std::shared_ptr<shared_state> shared,
                                                     const std::string& file,
                                                     std::string_view expected_name) {
  // What the file sets up statically, and its entry, are code of the module as well.
  std::optional<phase_watch> watch(std::in_place, fmt::format("{}: loading", file), shared->services.slow_phase);
  auto code = library::open(file);
  if (!code) return code.why();
  const auto* descriptor = (*code)->descriptor();
  watch.reset();
  auto id = shake_hands(descriptor, file, expected_name);
  if (!id) return id.why();
  auto one = std::make_shared<godwit_instance>(std::move(shared), std::move(*id));
  one->code = std::move(*code);
  one->functions = complete(*descriptor);
  if (one->functions.check != nullptr) {
    const auto ok = contained(*one, "check", [&] { return one->functions.check(&host_table(), one.get()); });
    if (!ok) return ok.why();
  }
  return one;
}

std::shared_ptr<godwit_instance> revive(const godwit_instance& former) {
  auto one = std::make_shared<godwit_instance>(former.host, former.id);
  one->code = former.code;
  one->functions = former.functions;
  return one;
}

value normalise_settings(godwit_instance& one, const object& settings, config::problems& out) {
  object given = settings;
  given.erase("enabled");
  const auto* declared = one.functions.settings;
  if (declared != nullptr) return one.schema(declared)->parse(given, out);
  for (const auto& [key, unused] : given)
    out.push_back({key, fmt::format("module '{}' has no settings", one.id.name)});
  return object();
}

result<void> configure(godwit_instance& one, const value& settings) {
  auto configured = contained(one, "configure", [&] {
    return one.functions.configure(&host_table(), &one, to_handle(&settings), &one.state);
  });
  if (configured) one.phase = phase::configured;
  one.settings = settings;
  return configured;
}

namespace {

result<void> initialise(godwit_instance& one, const value& settings) {
  if (auto ok = configure(one, settings); !ok) return ok;
  if (auto ok = run_phase(one, "init", one.functions.init); !ok) return ok;
  one.phase = phase::initialised;
  return {};
}

/// What has a name that may be taken: all of it or nothing, for what is published another loop may call at once.
result<void> publish_names(godwit_instance& one) {
  auto* routes = one.host->services.routes;
  const auto functions = [&] { return publish_declarations(one); };
  const auto with_routes = [&] {
    auto own = std::exchange(one.routes, {});
    return routes != nullptr ? routes->replace_owner(one.id.name, std::move(own), functions) : functions();
  };
  return queue::replace_protocols(one.id.name, std::exchange(one.protocols, {}), with_routes);
}

/// Names first: when one is taken nothing was ever to be seen of the module.
result<void> publish(godwit_instance& one) {
  if (auto ok = publish_names(one); !ok) return fail("module '{}': {}", one.id.name, ok.why().text);
  const auto& s = one.host->services;
  auto bodies = std::exchange(one.bodies, {});
  if (one.inherits) one.inherits->settle(one.hooks, one.sinks, std::move(bodies));
  s.hooks.replace_owner(one.id.name, std::move(one.hooks));
  s.records.replace_owner(one.id.name, std::move(one.sinks));
  one.hooks.clear();
  one.sinks.clear();
  one.inherits.reset();
  one.is_published = true;
  return {};
}

}  // namespace

result<void> bring_up(godwit_instance& one, const value& settings) {
  if (auto ok = initialise(one, settings); !ok) return ok;
  return publish(one);
}

result<void> bring_online(godwit_instance& one, const value& settings) {
  if (auto ok = initialise(one, settings); !ok) return ok;
  if (auto ok = start_up(one); !ok) return ok;
  return publish(one);
}

result<void> start_up(godwit_instance& one) {
  if (auto ok = run_phase(one, "start", one.functions.start); !ok) return ok;
  one.phase = phase::started;
  return {};
}

result<void> run_phase(godwit_instance& one, std::string_view name, godwit_status (*step)(void*)) {
  if (step == nullptr) return {};
  return contained(one, name, [&] { return step(one.state); });
}

rt::task<bool> drain(std::shared_ptr<godwit_instance> one, std::chrono::nanoseconds limit) {
  const auto until = rt::steady_clock::now() + limit;
  withdraw(*one);
  one->phase = phase::draining;
  one->timers->end_all();
  if (auto ok = run_phase(*one, "drain", one->functions.drain); !ok)
    log::error("module", "{}", ok.why().text);
  // Before what they may wait for is broken off.
  while (one->requests > 0 && rt::steady_clock::now() < until) co_await rt::sleep_for(std::chrono::milliseconds(2));
  co_await close_gates(one, until);
  while (one->open() > 0 && rt::steady_clock::now() < until)
    co_await rt::sleep_for(std::chrono::milliseconds(2));
  if (one->open() > 0)
    log::error("module", "{}: {} calls still open after {}", one->id.name, one->open(),
               format_duration(limit));
  co_return one->open() == 0;
}

void destroy(godwit_instance& one) {
  const bool is_configured = one.phase >= phase::configured && one.phase < phase::destroyed;
  one.phase = phase::destroyed;
  if (!is_configured || one.functions.destroy == nullptr) return;
  const auto ok = contained(one, "destroy", [&] {
    one.functions.destroy(one.state);
    return GODWIT_OK;
  });
  if (!ok) log::error("module", "{}", ok.why().text);
}

bool tear_down(godwit_instance& one) {
  if (one.phase >= phase::configured) stop(one);
  const bool is_quiet = one.open() == 0;
  if (is_quiet)
    destroy(one);
  else
    keep_mapped(one.code);
  return is_quiet;
}

}  // namespace godwit::module
