#include "app/scopes.hpp"

namespace godwit::app {

namespace {

/// The pool, and its source, that exist without being declared (KumoMTA: egress).
constexpr std::string_view built_in = "unspecified";

using scope_map = std::map<std::string, value, std::less<>>;

/// The narrower scope wins; the named limits and rates of all scopes hold together.
void overlay(object& onto, const scope_map& scopes, std::string_view name) {
  const auto at = scopes.find(name);
  if (at == scopes.end()) return;
  for (const auto& [key, member] : *at->second.as_object()) {
    auto* wider = onto.find(key);
    if (key.starts_with("additional_") && wider && wider->is_object() && member.is_object()) {
      for (const auto& [limit, setting] : *member.as_object()) wider->as_object()->set(limit, setting);
    } else {
      onto.set(key, member);
    }
  }
}

/// Keeps the tables of `all` that parse alone, so that a mistake is reported with its own path.
template <class T>
void check_scopes(const value* all, const std::string& path, const config::options<T>& table, scope_map& out,
                  config::problems& problems) {
  if (!all) return;
  if (!all->as_object()) {
    problems.push_back({path, "must be a table of scopes"});
    return;
  }
  for (const auto& [name, scope] : *all->as_object()) {
    table.parse(scope, problems, config::detail::join(path, name));
    out.emplace(name, scope);
  }
}

/// [egress.source.NAME] and [egress.pool.NAME]: the key is the name.
template <class T>
void load_named(const value* all, const std::string& path, const config::options<T>& table,
                std::map<std::string, T, std::less<>>& out, config::problems& problems) {
  if (!all) return;
  if (!all->as_object()) {
    problems.push_back({path, fmt::format("must be tables: [{}.NAME]", path)});
    return;
  }
  for (const auto& [name, settings] : *all->as_object()) {
    auto named = settings;
    if (auto* members = named.as_object()) members->set("name", name);
    out.emplace(name, table.parse(named, problems, config::detail::join(path, name)));
  }
}

object tables(const scope_map& scopes) {
  object out;
  for (const auto& [name, scope] : scopes) out.set(name, scope);
  return out;
}

template <class T>
object tables(const std::map<std::string, T, std::less<>>& named, const config::options<T>& table) {
  object out;
  for (const auto& [name, one] : named) out.set(name, table.render(one));
  return out;
}

}  // namespace

scopes scopes::load(const value* queue, const value* egress, config::problems& problems) {
  scopes loaded;
  check_scopes(queue, "queue", queue::queue_options(), loaded.queues_, problems);
  if (!egress) return loaded;
  if (!egress->as_object()) {
    problems.push_back({"egress", "must be a table with path, source and pool"});
    return loaded;
  }
  for (const auto& [key, unused] : *egress->as_object()) {
    if (key != "path" && key != "source" && key != "pool") {
      config::detail::unknown_key(problems, "egress", key, {"path", "source", "pool"});
    }
  }
  check_scopes(egress->find("path"), "egress.path", queue::path_options(), loaded.paths_, problems);
  load_named(egress->find("source"), "egress.source", queue::source_options(), loaded.sources_, problems);
  load_named(egress->find("pool"), "egress.pool", queue::pool_options(), loaded.pools_, problems);
  return loaded;
}

void scopes::check_references(config::problems& problems) const {
  for (const auto& [name, scope] : queues_) {
    const auto* pool = scope.find("egress_pool");
    if (!pool || !pool->as_string() || *pool->as_string() == built_in || pools_.contains(*pool->as_string())) continue;
    problems.push_back({config::detail::join(config::detail::join("queue", name), "egress_pool"),
                        fmt::format("there is no [egress.pool.{}]", *pool->as_string())});
  }
  for (const auto& [name, pool] : pools_) {
    for (const auto& entry : pool.entries) {
      if (entry.name == built_in || sources_.contains(entry.name)) continue;
      problems.push_back({config::detail::join("egress.pool", name), fmt::format("there is no [egress.source.{}]", entry.name)});
    }
  }
}

object scopes::sections() const {
  object egress;
  egress.set("path", tables(paths_));
  egress.set("source", tables(sources_, queue::source_options()));
  egress.set("pool", tables(pools_, queue::pool_options()));
  object all;
  all.set("queue", tables(queues_));
  all.set("egress", std::move(egress));
  return all;
}

rt::task<result<queue::queue_config>> scopes::get_queue_config(const mail::queue_name& name) {
  object merged;
  overlay(merged, queues_, "default");
  overlay(merged, queues_, name.effective_domain());
  if (name.domain != name.effective_domain()) overlay(merged, queues_, name.domain);
  if (name.tenant) {
    overlay(merged, queues_, fmt::format("{}@{}", *name.tenant, name.domain));
    if (name.campaign) overlay(merged, queues_, fmt::format("{}:{}@{}", *name.campaign, *name.tenant, name.domain));
  }
  co_return config::parse_options(queue::queue_options(), merged);
}

rt::task<result<queue::egress_pool_config>> scopes::get_egress_pool(const std::string& name) {
  const auto at = pools_.find(name);
  if (at == pools_.end()) co_return fail("egress pool {} is not defined", name);
  co_return at->second;
}

rt::task<result<queue::egress_source_config>> scopes::get_egress_source(const std::string& name) {
  const auto at = sources_.find(name);
  if (at == sources_.end()) co_return fail("egress source {} is not defined", name);
  co_return at->second;
}

rt::task<result<queue::egress_path_config>> scopes::get_egress_path_config(const std::string& routing_domain,
                                                                           const std::string& source,
                                                                           const std::string& site) {
  object merged;
  overlay(merged, paths_, "default");
  overlay(merged, paths_, site);
  overlay(merged, paths_, routing_domain);
  for (const auto& where : {std::string("default"), site, routing_domain}) {
    overlay(merged, paths_, fmt::format("{}->{}", source, where));
  }
  co_return config::parse_options(queue::path_options(), merged);
}

}  // namespace godwit::app
