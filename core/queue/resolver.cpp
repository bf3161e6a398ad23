#include "queue/resolver.hpp"

#include "log/log.hpp"
#include "queue/engine.hpp"
#include "queue/provided_agent.hpp"
#include "queue/special_queue.hpp"

namespace godwit::queue {

namespace {

constexpr auto after_failure = std::chrono::seconds(60);
constexpr duration longest_question = std::chrono::seconds(60);

steady_time now() { return std::chrono::steady_clock::now(); }

const egress_pool_config& unspecified_pool() {
  static const egress_pool_config pool{"unspecified", {{"unspecified", 1}}, std::chrono::hours(24)};
  return pool;
}

egress_source_config unspecified_source() {
  egress_source_config source;
  source.name = "unspecified";
  source.ttl = std::chrono::hours(24);
  return source;
}

/// A policy or an agent that throws is one that failed.
template <class T>
rt::task<result<T>> guarded(rt::task<result<T>> asked, const char* what) {
  std::optional<result<T>> answer;
  std::string failure;
  try {
    answer.emplace(co_await std::move(asked));
  } catch (const std::exception& e) {
    failure = e.what();
  }
  if (answer) co_return std::move(*answer);
  co_return fail("{}: {}", what, failure);
}

}  // namespace

rt::task<result<void>> resolver::first_config(scheduled_ref q, steady_time limit) {
  auto w = std::make_shared<waiter>(engine_.here().loop);
  if (q->await_config(w)) start(q);
  const auto patience = std::clamp<duration>(limit - now(), duration{0}, longest_question);
  const bool was_answered = co_await w->event.wait(patience);
  if (q->config()) co_return result<void>{};
  if (!was_answered) co_return fail("get_queue_config did not answer within {}", format_duration(patience));
  co_return error{q->config_error()};
}

void resolver::start(scheduled_ref q) {
  const bool is_open = engine_.here().work.spawn("refresh " + q->name(), [self = engine_.shared_from_this(), q]() {
    return self->resolver.refresh(q);
  });
  if (!is_open) conclude(q, fail("the server is shutting down"));
}

rt::task<> resolver::refresh(scheduled_ref q) {
  result<route_ref> via = error{};
  auto asked = refresh_config(q);
  auto known = co_await guarded(std::move(asked), "get_queue_config");
  if (!known && q->config()) {
    log::error("queue", "{}: {}; the previous configuration stays", q->name(), known.why().text);
    q->keep_config(now() + after_failure);
  }
  if (!q->config()) {
    via = known.why();
  } else {
    for (const auto& w : q->take_config_waiters({})) wake(w);
    auto made = make_route(q);
    via = co_await guarded(std::move(made), "route");
  }
  conclude(q, std::move(via));
}

// A refresh always gets here: everybody who waits hears of its end.
void resolver::conclude(scheduled_ref q, result<route_ref> via) {
  const auto why = via ? std::string{} : via.why().text;
  if (!via) log::warn("queue", "{}: {}", q->name(), why);
  auto parked = q->finish_refresh(via ? *via : nullptr);
  for (const auto& w : q->take_config_waiters(why)) wake(w);
  while (auto e = parked.pop_front()) {
    held_entry held(engine_, std::move(e));
    if (via) {
      engine_.promoter.promote_via(std::move(held), *via);
      continue;
    }
    if (engine_.is_stopping()) continue;  // shelved
    mail::response r{.code = 451, .enhanced = mail::enhanced_code{4, 4, 4}, .content = {}, .command = {}};
    r.content = fmt::format("failed to resolve queue {}: {}", q->name(), why);
    engine_.requeuer.requeue_later(std::move(held), {r, insert_context::failed_to_insert_into_ready_queue,
                                                     mail::record_type::transient_failure, true, {}});
  }
}

rt::task<result<void>> resolver::refresh_config(scheduled_ref q) {
  const auto epoch = engine_.epoch();
  if (q->is_config_fresh(now(), epoch)) co_return result<void>{};
  std::shared_ptr<queue_config> config;
  if (auto built_in = built_in_config(q->name())) {
    config = std::make_shared<queue_config>(std::move(*built_in));
  } else {
    auto answer = co_await engine_.parts.events.get_queue_config(q->parts());
    if (!answer) co_return answer.why();
    config = std::make_shared<queue_config>(std::move(*answer));
  }
  const auto until = now() + config->refresh_interval;
  q->set_config(std::move(config), until, epoch);
  co_return result<void>{};
}

rt::task<result<route_ref>> resolver::make_route(scheduled_ref q) {
  auto via = std::make_shared<route>();
  via->config = q->config();
  via->pool = via->config->egress_pool;
  via->epoch = engine_.epoch();
  auto pool = co_await resolve_pool(via->pool, q->config_until());
  if (!pool) co_return pool.why();
  via->until = pool->until;
  auto agent = agent_for(via->config->protocol);
  auto where = co_await agent->resolve(q->parts().effective_domain(), via->config->protocol);
  if (!where) co_return where.why();
  for (std::size_t i = 0; i < pool->sources.size(); ++i) {
    if (pool->weights[i] == 0) continue;
    auto rq = co_await resolve_ready(q, pool->sources[i], *where, agent);
    if (!rq) co_return rq.why();
    if (const auto path = (*rq)->path(); path && !path->selection_rates.empty()) via->has_selection_rates = true;
    via->candidates.push_back(std::move(*rq));
    via->weights.push_back(pool->weights[i]);
  }
  co_return route_ref(std::move(via));
}

rt::task<result<resolver::members>> resolver::resolve_pool(std::string name, steady_time until) {
  const auto epoch = engine_.epoch();
  members found{{}, {}, until};
  egress_pool_config pool = unspecified_pool();
  if (name != pool.name) {
    auto known = pools_.find(name, now(), epoch);
    if (!known) {
      auto answer = co_await engine_.parts.events.get_egress_pool(name);
      if (!answer) co_return fail("egress pool {}: {}", name, answer.why().text);
      const auto valid = now() + answer->ttl;
      known = pools_.put(name, {std::move(*answer), valid, epoch});
    }
    pool = std::move(known->value);
    found.until = std::min(found.until, known->until);
  }
  for (const auto& member : pool.entries) {
    auto source = co_await resolve_source(member.name, found.until);
    if (!source) co_return fail("egress pool {}: source {}: {}", name, member.name, source.why().text);
    found.sources.push_back(std::move(*source));
    found.weights.push_back(member.weight);
  }
  co_return found;
}

rt::task<result<egress_source_config>> resolver::resolve_source(std::string name, steady_time& until) {
  if (name == "unspecified") co_return unspecified_source();
  const auto epoch = engine_.epoch();
  auto known = sources_.find(name, now(), epoch);
  if (!known) {
    auto answer = co_await engine_.parts.events.get_egress_source(name);
    if (!answer) co_return answer.why();
    const auto valid = now() + answer->ttl;
    known = sources_.put(name, {std::move(*answer), valid, epoch});
  }
  until = std::min(until, known->until);
  co_return std::move(known->value);
}

rt::task<result<ready_ref>> resolver::resolve_ready(scheduled_ref q, egress_source_config source, site where,
                                                    std::shared_ptr<delivery_agent> agent) {
  const auto name = fmt::format("{}->{}@{}", source.name, where.name, where.protocol);
  auto rq = engine_.ready.find(name);
  const bool is_new = !rq;
  if (is_new) {
    rq = std::make_shared<ready_queue>(name, source, where, q->parts().effective_domain(), q->config()->egress_pool,
                                       std::move(agent), now());
  } else {
    rq->update_target(std::move(source), std::move(where));
  }
  if (rq->begin_refresh(now(), engine_.epoch())) {
    auto asked = co_await ask_path(rq, q->parts().effective_domain());
    if (!asked) co_return asked.why();
  }
  co_return is_new ? engine_.ready.add(rq) : rq;
}

rt::task<result<void>> resolver::ask_path(ready_ref rq, std::string routing_domain) {
  const auto epoch = engine_.epoch();
  const auto site_name = rq->site()->name;
  auto asked = engine_.parts.events.get_egress_path_config(routing_domain, rq->source_name(), site_name);
  auto answer = co_await guarded(std::move(asked), "get_egress_path_config");
  if (!answer) {
    rq->keep_path(now() + after_failure);
    if (!rq->path()) co_return answer.why();
    log::error("queue", "{}: {}; the previous options stay", rq->name(), answer.why().text);
    co_return result<void>{};
  }
  const bool is_suspended = answer->suspended;
  const auto until = now() + answer->refresh_interval;
  auto path = std::make_shared<path_snapshot>(std::move(*answer), rq->name(), rq->source_name(), rq->pool());
  const duration interval = path->config.refresh_interval;
  auto surplus = rq->update_path(std::move(path), until, epoch);
  using enum insert_context;
  engine_.requeuer.requeue_all(std::move(surplus),
                               {internal_response(is_suspended ? "ready queue is suspended" : "max_ready was reduced"),
                                is_suspended ? ready_queue_was_suspended : max_ready_was_reduced_by_config_update, {}, false,
                                interval});
  co_return result<void>{};
}

void resolver::refresh_path(ready_ref rq) {
  if (!rq->begin_refresh(now(), engine_.epoch())) return;
  const bool is_open = engine_.here().work.spawn("refresh " + rq->name(), [self = engine_.shared_from_this(), rq]() -> rt::task<> {
    auto asked = co_await self->resolver.ask_path(rq, rq->routing_domain());
    if (!asked) log::error("queue", "{}: {}", rq->name(), asked.why().text);
  });
  if (!is_open) rq->keep_path(now() + after_failure);
}

std::shared_ptr<delivery_agent> resolver::agent_for(const protocol_config& p) const {
  const auto* name = p.provided ? p.provided->name.c_str() : p.custom_lua ? "custom_lua" : "smtp";
  const auto at = engine_.agents.find(name);
  return at != engine_.agents.end() ? at->second : std::make_shared<provided_agent>(name);
}

}  // namespace godwit::queue
