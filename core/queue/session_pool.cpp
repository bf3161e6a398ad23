#include "queue/session_pool.hpp"

#include "log/log.hpp"
#include "metrics/registry.hpp"
#include "queue/delivery_session.hpp"
#include "queue/engine.hpp"

namespace godwit::queue {

namespace {

constexpr auto pause_without_progress = std::chrono::seconds(1);
constexpr auto pause_for_lease = std::chrono::seconds(1);

/// Gives the session's place back however it ends.
struct place_guard {
  engine& owner;
  ready_ref rq;
  steady_time hold{};

  ~place_guard() {
    rq->session_ended(std::chrono::steady_clock::now(), hold);
    owner.sessions.start_wanted(rq);
  }
};

/// connection_count: an agent is at work. What waits for a lease or a rate is no connection.
struct counted {
  ready_queue& rq;
  const path_ref path;  ///< whose provider is left as it was met

  counted(ready_queue& q, path_ref p) : rq(q), path(std::move(p)) { add(1); }
  counted(const counted&) = delete;
  ~counted() { add(-1); }
  void add(std::int64_t n) const {
    rq.metrics().add_connections(n);
    if (path->provider) path->provider->add_connections(n);
  }
};

/// A session is looked after by its loop's watchdog while its agent is at work.
struct watching {
  std::set<delivery_session*>& all;
  delivery_session* one;

  watching(std::set<delivery_session*>& list, delivery_session* session) : all(list), one(session) { all.insert(one); }
  ~watching() { all.erase(one); }
};

}  // namespace

void session_pool::start(const ready_ref& rq, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    auto& home = engine_.here();
    const auto shift = rq->connections() <= 1 ? 0 : next_.fetch_add(1, std::memory_order_relaxed);
    start_on(*engine_.rooms[(home.loop.index() + shift) % engine_.rooms.size()], rq);
  }
}

void session_pool::start_on(loop_room& room, const ready_ref& rq) {
  auto begin = [self = engine_.shared_from_this(), &room, rq] {
    auto stop = std::make_shared<rt::canceller>();
    const bool is_open = room.sessions.spawn(rq->name(), [self, rq, stop] { return self->sessions.run(rq, stop); }, stop);
    if (!is_open) rq->session_ended(std::chrono::steady_clock::now(), {});
  };
  if (room.loop.is_current()) {
    begin();
  } else {
    room.loop.post(std::move(begin));
  }
}

void session_pool::start_wanted(const ready_ref& rq) {
  if (const auto n = rq->claim_sessions(std::chrono::steady_clock::now(), engine_.memory())) start(rq, n);
}

void session_pool::follow(const ready_ref& rq, ready_queue::push_result r) {
  if (r.woken) wake(r.woken);
  if (r.start > 0) start(rq, r.start);
}

rt::task<> session_pool::run(ready_ref rq, std::shared_ptr<rt::canceller> stop) {
  static const auto runs = metrics::get_counter("total_readyq_runs", {});
  runs->add();
  place_guard place{engine_, rq};
  if (engine_.health.suspended_until(rq->source_name(), std::chrono::steady_clock::now())) {
    engine_.requeuer.requeue_all(rq->take_all(), source_suspended());
    co_return;
  }
  auto path = rq->path();
  auto retry = [weak = engine_.weak_from_this(), rq] {
    rq->release_hold();
    if (const auto self = weak.lock()) self->sessions.start_wanted(rq);
  };
  auto lease = engine_.limits.acquire(path->shared_limits, retry);
  if (!lease) {
    place.hold = std::chrono::steady_clock::now() + pause_for_lease;
    co_return;
  }
  const bool may_connect = co_await pass_connection_rate(rq, path);
  if (!may_connect || engine_.is_stopping()) co_return;
  auto session = std::make_shared<delivery_session>(engine_.shared_from_this(), rq, std::move(stop));
  const auto ending = session->ends_with(session);
  const counted connection(*rq, path);
  const watching under{engine_.here().watched, session.get()};
  try {
    co_await rq->agent()->run_session(session);
  } catch (const asio::system_error& failed) {
    if (failed.code() != asio::error::operation_aborted) log::error("queue", "{}: the session failed: {}", rq->name(), failed.what());
  } catch (const std::exception& failed) {
    log::error("queue", "{}: the session failed: {}", rq->name(), failed.what());
  }
  // An agent that ends without having tried anything would be started again at once, and again.
  if (!session->has_progress()) place.hold = std::chrono::steady_clock::now() + pause_without_progress;
}

// A short wait is spent here, a long one in the scheduled queue by everything that is ready.
rt::task<bool> session_pool::pass_connection_rate(ready_ref rq, path_ref path) {
  while (!path->connection_rates.empty() && !engine_.is_stopping()) {
    const auto r = queue::take_all(engine_.throttles, path->connection_rates, throttle_now());
    if (!r.throttled) break;
    if (r.wait > path->config.idle_timeout) {
      requeue_order order{internal_response("ready queue throttled"), insert_context::connection_rate_throttle, {}, false,
                          *r.retry_after};
      engine_.requeuer.requeue_all(rq->take_all(), order);
      co_return false;
    }
    co_await rt::sleep_for(r.wait);
    if (rq->size() == 0) co_return false;
  }
  co_return true;
}

}  // namespace godwit::queue
