#include "queue/promoter.hpp"

#include <random>

#include "log/log.hpp"
#include "metrics/registry.hpp"
#include "queue/engine.hpp"

namespace godwit::queue {

namespace {

/// Random delay of a message that found its ready queue full: up to a minute, more when millions wait, so that looking
/// for room does not become the main work.
duration overflow_delay(std::size_t waiting) {
  thread_local std::minstd_rand chance(std::random_device{}());
  const auto longest = 60'000 * std::max<std::size_t>(1, waiting / 1'000'000);
  return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(1, static_cast<std::int64_t>(longest))(chance));
}

/// Soon, so that mail flows when the spool does; later where so many wait that looking would be the main work.
duration spool_pause(std::size_t waiting) { return std::chrono::seconds(5 + waiting / 50'000); }

struct stopwatch {
  metrics::histogram& into;
  steady_time began = std::chrono::steady_clock::now();
  ~stopwatch() { into.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()); }
};

}  // namespace

/// What the candidates of one placement answered.
struct promoter::attempt {
  std::vector<bool> excluded;
  bool was_full = false, was_closed = false;
  std::optional<duration> earliest;  ///< until a suspended or throttled candidate may be eligible

  void exclude(std::size_t index, std::size_t of) {
    excluded.resize(of);
    excluded[index] = true;
  }
  void eligible_in(duration d) { earliest = std::min(earliest.value_or(d), d); }
};

void promoter::promote(held_entry e) {
  if (engine_.is_stopping()) return;  // shelved: shutdown stores it
  auto& q = *e->queue;
  auto via = q.fresh_route(std::chrono::steady_clock::now(), engine_.epoch());
  if (via) return promote_via(std::move(e), via);
  // The route's answer may come, and the last entry leave, before start(): hold the queue until then.
  auto self = q.shared_from_this();
  if (q.park(e.pass())) engine_.resolver.start(std::move(self));
}

void promoter::promote_via(held_entry e, const route_ref& via) {
  static const auto latency = metrics::get_histogram("ready_queue_insert_latency", {});
  const stopwatch timing{*latency};
  if (engine_.is_stopping() || is_held_by_spool(e) || is_rate_throttled(e, *via)) return;
  if (!needs_care(*e)) return place(std::move(e), via);
  const bool has_room = std::any_of(via->candidates.begin(), via->candidates.end(), [](const auto& c) { return c->has_room(); });
  if (!has_room) return place(std::move(e), via);  // fails: spares reading what cannot be placed
  engine_.add_chore(std::move(e));
}

// A cold message takes its place as it is: the session that sends it reads it, so that what is read is sent. With no memory
// left a message is saved first, so that it can leave memory there.
bool promoter::needs_care(const queue_entry& e) const {
  if (engine_.parts.events.has_throttle_insert()) return true;
  return engine_.memory() == memory_level::none && !is_saved(e);
}

/// What is due to the message when the event failed.
rt::task<std::optional<requeue_order>> promoter::ask_throttle(mail::message_ref m) {
  std::string why;
  try {
    co_await engine_.parts.events.throttle_insert_ready_queue(std::move(m));
    co_return std::nullopt;
  } catch (const asio::system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;
    why = e.what();
  } catch (const std::exception& e) {
    why = e.what();
  }
  requeue_order order{internal_response("throttle_insert_ready_queue failed: " + why),
                      insert_context::failed_to_insert_into_ready_queue, mail::record_type::transient_failure, true, {}};
  co_return std::move(order);
}

rt::task<> promoter::promote_with_care(held_entry e) {
  auto loaded = co_await engine_.load_meta(*e);
  if (!loaded) co_return;  // logged; shelved
  if (engine_.parts.events.has_throttle_insert()) {
    auto failed = co_await ask_throttle(e->hot);
    if (failed) co_return co_await engine_.requeuer.requeue(std::move(e), std::move(*failed));
    const auto now = std::chrono::system_clock::now();
    if (e->hot->due && *e->hot->due > now) {
      const duration delay = *e->hot->due - now;
      e->hot->due.reset();
      e->queue->metrics().count_insert_throttle();
      requeue_order order{internal_response("throttled by throttle_insert_ready_queue"),
                          insert_context::throttled_by_throttle_insert_ready_queue, {}, false, delay};
      co_return co_await engine_.requeuer.requeue(std::move(e), std::move(order));
    }
  }
  if (engine_.memory() == memory_level::none) co_await engine_.requeuer.save(*e);
  auto via = e->queue->fresh_route(std::chrono::steady_clock::now(), engine_.epoch());
  if (engine_.is_stopping()) co_return;
  if (via) {
    place(std::move(e), via);
  } else {
    promote(std::move(e));
  }
}

bool promoter::is_held_by_spool(held_entry& e) {
  const bool was_held = e->is_held_by_spool;
  e->is_held_by_spool = engine_.parts.store.state() == spool::health::unhealthy;
  if (!e->is_held_by_spool) return false;
  requeue_order order{internal_response("delivery suspended: spool unhealthy: " + engine_.parts.store.state_reason()),
                      insert_context::failed_to_insert_into_ready_queue, {}, false,
                      spool_pause(e->queue->waiting.load(std::memory_order_relaxed)), was_held};
  engine_.requeuer.requeue_later(std::move(e), std::move(order));
  return true;
}

bool promoter::is_rate_throttled(held_entry& e, const route& via) {
  const auto& rate = via.config->max_message_rate;
  if (!rate) return false;
  const auto& queue = e->queue->name();
  const auto key = throttle_key(fmt::format("schedq-{}-message-rate", queue), *rate);
  const auto r = engine_.throttles.take(key, *rate, throttle_now());
  if (!r.throttled) return false;
  e->queue->metrics().count_rate_throttle();
  requeue_order order{internal_response(fmt::format("{} throttled message rate, delay={}", queue, format_duration(*r.retry_after))),
                      insert_context::message_rate_throttle, {}, false, *r.retry_after};
  engine_.requeuer.requeue_later(std::move(e), std::move(order));
  return true;
}

bool promoter::try_candidate(held_entry& e, const route& via, std::size_t index, attempt& so_far) {
  const auto& rq = via.candidates[index];
  const auto now = std::chrono::steady_clock::now();
  if (const auto until = engine_.health.suspended_until(rq->source_name(), now)) {
    so_far.eligible_in(*until - now);
    return false;
  }
  if (via.has_selection_rates && rq->has_room()) {
    const auto path = rq->path();
    const auto r = take_all(engine_.throttles, path->selection_rates, throttle_now());
    if (r.throttled) {
      so_far.eligible_in(r.wait);
      return false;
    }
  }
  auto pushed = rq->push(e.slot(), engine_.memory());
  switch (pushed.how) {
    case ready_queue::admission::taken: engine_.sessions.follow(rq, std::move(pushed)); return true;
    case ready_queue::admission::full:
      so_far.was_full = true;
      rq->metrics().count_full();
      return false;
    case ready_queue::admission::suspended: {
      const auto path = rq->path();
      so_far.eligible_in(path ? path->config.refresh_interval : std::chrono::seconds(60));
      return false;
    }
    case ready_queue::admission::closed: so_far.was_closed = true; return false;
  }
  return false;
}

void promoter::place(held_entry e, const route_ref& via) {
  attempt tried;
  auto& q = *e->queue;  // not touched once a candidate took the entry
  while (const auto index = q.pick(*via, tried.excluded)) {
    if (try_candidate(e, *via, *index, tried)) return;
    tried.exclude(*index, via->candidates.size());
  }
  report_failure(std::move(e), *via, tried);
}

void promoter::report_failure(held_entry e, const route& via, const attempt& failed) {
  auto& q = *e->queue;
  if (failed.was_closed) {
    q.drop_route();
    return promote(std::move(e));
  }
  requeue_order order;
  if (failed.was_full) {
    q.metrics().count_ready_full();
    order = {internal_response(fmt::format("ready queue for {} is full", q.name())), insert_context::ready_queue_was_full, {},
             false, overflow_delay(q.waiting.load(std::memory_order_relaxed))};
  } else if (failed.earliest) {
    order = {internal_response(fmt::format("no sources for {} pool=`{}` are eligible for selection at this time", q.name(), via.pool)),
             insert_context::failed_to_insert_into_ready_queue, mail::record_type::transient_failure, false, *failed.earliest};
  } else {
    order = {internal_response(fmt::format("no sources available for {} pool=`{}`", q.name(), via.pool)),
             insert_context::failed_to_insert_into_ready_queue, mail::record_type::transient_failure, true, {}};
  }
  engine_.requeuer.requeue_later(std::move(e), std::move(order));
}

}  // namespace godwit::queue
