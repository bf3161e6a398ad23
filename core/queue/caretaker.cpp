#include "queue/caretaker.hpp"

#include "log/log.hpp"
#include "metrics/registry.hpp"
#include "queue/delivery_session.hpp"
#include "queue/engine.hpp"
#include "queue/wheel_metrics.hpp"

namespace godwit::queue {

namespace {

constexpr auto upkeep_interval = std::chrono::seconds(1);
constexpr auto ready_reap_after = std::chrono::minutes(10);
constexpr std::size_t scheduled_looked_at = 20'000;
constexpr auto cancel_time = std::chrono::seconds(5);
constexpr auto save_time = std::chrono::seconds(60);
constexpr std::size_t promotions_at_once = 256;

duration session_time_of(const egress_path_config& p) {
  return p.system_shutdown_timeout.value_or(p.mail_from_timeout + p.rcpt_to_timeout + p.data_timeout + p.data_dot_timeout);
}

/// `look` may cancel a session, which may end it at once: walks over a copy.
template <class F>
void each_watched(const loop_room& room, F look) {
  const std::vector<delivery_session*> all(room.watched.begin(), room.watched.end());
  for (auto* s : all) {
    if (room.watched.contains(s)) look(*s);
  }
}

}  // namespace

void caretaker::start() {
  for (auto& room : engine_.rooms) {
    room->loop.post([self = engine_.shared_from_this(), &room = *room, this] {
      room.timers.spawn("tick", [self, &room, this] { return tick(room); });
      room.timers.spawn("watchdog", [self, &room, this] { return watch(room); });
      if (room.loop.index() == 0) room.timers.spawn("upkeep", [self, &room, this] { return upkeep(room); });
    });
  }
}

// `due` belongs to the room, so that what is not promoted when this is cancelled is found by shutdown.
rt::task<> caretaker::tick(loop_room& room) {
  wheel_metrics timing;
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    room.line.collect(now, room.due);
    const bool is_some_due = !room.due.empty();
    if (is_some_due) timing.popped(now, room.line.due_of(room.due.front()));
    while (!room.due.empty()) {
      promote_some(room);
      if (!room.due.empty()) co_await asio::post(room.loop.io(), rt::use_task);  // others have a turn
    }
    if (is_some_due) timing.reinserted();
    co_await room.line.wait();
  }
}

void caretaker::promote_some(loop_room& room) {
  for (std::size_t i = 0; i < promotions_at_once; ++i) {
    auto e = room.due.pop_front();
    if (!e) return;
    engine_.end_wait(*e);
    engine_.promoter.promote(held_entry(engine_, std::move(e)));
  }
}

rt::task<> caretaker::upkeep(loop_room&) {
  const auto runs = metrics::get_counter("total_qmaint_runs", {});
  for (std::size_t round = 0;; ++round) {
    co_await rt::sleep_for(upkeep_interval);
    runs->add();
    const auto now = std::chrono::steady_clock::now();
    relieve_memory();
    engine_.health.clear(now);
    for (const auto& rq : engine_.ready.all()) {
      if (rq->size() == 0 && rq->connections() == 0) continue;
      engine_.resolver.refresh_path(rq);
      engine_.sessions.start_wanted(rq);
    }
    engine_.ready.reap(now, ready_reap_after);
    engine_.scheduled.reap(now, scheduled_looked_at);
    if (round % 60 == 59) engine_.throttles.purge(throttle_now());
  }
}

rt::task<> caretaker::watch(loop_room& room) {
  for (;;) {
    co_await rt::sleep_for(upkeep_interval);
    each_watched(room, [now = std::chrono::steady_clock::now()](delivery_session& s) { s.watch(now); });
  }
}

void caretaker::relieve_memory() {
  if (engine_.memory() != memory_level::none) return;
  const requeue_order order{internal_response("memory is short"), insert_context::ready_queue_was_delayed_due_to_low_memory,
                            {}, false, std::chrono::seconds(60)};
  for (const auto& rq : engine_.ready.all()) engine_.requeuer.requeue_all(rq->shrink(), order);
}

duration caretaker::session_time() const {
  duration longest = std::chrono::milliseconds(100);
  for (const auto& rq : engine_.ready.all()) {
    if (rq->connections() == 0) continue;
    if (const auto path = rq->path()) longest = std::max(longest, session_time_of(path->config));
  }
  return longest;
}

void caretaker::stop_queues() {
  engine_.stopping.store(true, std::memory_order_release);
  for (const auto& rq : engine_.ready.all()) {
    rq->stop();
    for (const auto& w : rq->take_waiters()) wake(w);
  }
}

rt::task<> caretaker::shutdown() {
  if (engine_.is_stopping()) co_return;
  const auto until = std::chrono::steady_clock::now() + session_time();
  stop_queues();
  for (auto& room : engine_.rooms) {
    co_await rt::run_on(room->loop, [&room] { return stop_room(*room); });
  }
  for (auto& room : engine_.rooms) {
    co_await rt::run_on(room->loop, [&room, &until] { return end_room(*room, until); });
  }
  auto left = collect();
  co_await save_all(left);
  while (auto e = left.pop_front()) engine_.leave(std::move(e));
}

rt::task<> caretaker::stop_room(loop_room& room) {
  each_watched(room, [](delivery_session& s) { s.stop(); });
  co_await room.timers.close(cancel_time);
}

rt::task<> caretaker::end_room(loop_room& room, steady_time until) {
  const auto left = std::max<duration>(until - std::chrono::steady_clock::now(), duration{0});
  const bool is_done = co_await room.sessions.drain(left);
  if (!is_done) co_await room.sessions.close(cancel_time);
  const bool is_calm = co_await room.work.drain(cancel_time);
  if (!is_calm) co_await room.work.close(cancel_time);
}

entry_list caretaker::collect() {
  entry_list all;
  for (const auto& rq : engine_.ready.all()) all.append(rq->take_all());
  for (const auto& q : engine_.scheduled.all()) all.append(q->take_parked());
  for (auto& room : engine_.rooms) {
    room->due.each([this](queue_entry& e) { engine_.end_wait(e); });
    all.append(std::move(room->due));
    auto waiting = room->line.drain();
    waiting.each([this](queue_entry& e) { engine_.end_wait(e); });
    all.append(std::move(waiting));
    for (auto& c : room->chores) all.push_back(std::move(c.entry));
    room->chores.clear();
  }
  return all;
}

// Many at once, so that they ride in few groups.
rt::task<> caretaker::save_all(entry_list& entries) {
  std::deque<mail::message*> unsaved;
  entries.each([&](queue_entry& e) {
    if (e.hot && (!e.hot->is_spooled || e.hot->meta_dirty || e.hot->data_dirty)) unsaved.push_back(e.hot.get());
  });
  if (unsaved.empty()) co_return;
  log::info("queue", "saving {} messages that were in memory only", unsaved.size());
  std::size_t failed = 0;
  rt::gate savers(*rt::loop::current(), "queue shutdown");
  for (std::size_t i = 0; i < 64 && i < unsaved.size(); ++i) {
    savers.spawn("save", [this, &unsaved, &failed] { return save_next(unsaved, failed); });
  }
  const bool is_done = co_await savers.drain(save_time);
  if (!is_done) co_await savers.close(cancel_time);
  failed += unsaved.size();
  if (failed > 0) log::error("queue", "{} messages could not be saved and are lost", failed);
}

rt::task<> caretaker::save_next(std::deque<mail::message*>& unsaved, std::size_t& failed) {
  while (!unsaved.empty()) {
    auto* m = unsaved.front();
    unsaved.pop_front();
    auto saved = co_await engine_.parts.store.store(*m);
    if (saved) continue;
    ++failed;
    log::error("queue", "message {} cannot be saved: {}", m->id.simple(), saved.why().text);
  }
}

}  // namespace godwit::queue
