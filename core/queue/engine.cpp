#include "queue/engine.hpp"

#include "log/log.hpp"

namespace godwit::queue {

namespace {

constexpr std::size_t most_chore_workers = 32;
constexpr duration longest_shelf_time = std::chrono::seconds(60);
constexpr duration first_shelf_time = std::chrono::seconds(2);
constexpr std::uint8_t counted_setbacks = 6;  // the pause is the longest by then

/// What the spool cannot give back, or whose work broke off, has its next turn after 2 s, 4 s, … 60 s: once the fault is
/// over, a message waits no longer than it lasted.
duration next_shelf_time(queue_entry& e) {
  if (e.setbacks < counted_setbacks) ++e.setbacks;
  return std::min<duration>(first_shelf_time * (1 << (e.setbacks - 1)), longest_shelf_time);
}

}  // namespace

held_entry::~held_entry() {
  if (entry_ && otherwise_) {
    owner_->requeuer.requeue_later(held_entry(*owner_, std::move(entry_)), *otherwise_);
  } else if (entry_) {
    owner_->shelve(std::move(entry_));
  }
}

engine::engine(manager_parts given)
    : parts(std::move(given)),
      book(parts.records),
      throttles(local_throttles()),
      resolver(*this),
      promoter(*this),
      requeuer(*this),
      sessions(*this),
      message_count(metrics::get_gauge("message_count", "messages that exist")) {
  for (std::size_t i = 0; i < parts.loops.size(); ++i) rooms.push_back(std::make_unique<loop_room>(parts.loops.at(i)));
}

loop_room& engine::here() {
  const auto* current = rt::loop::current();
  return current && current->index() < rooms.size() ? *rooms[current->index()] : *rooms.front();
}

entry_ptr engine::enter(queue_hold q, mail::message_ref m) {
  auto e = std::make_unique<queue_entry>();
  e->id = m->id;
  e->attempts = m->attempts;
  e->hot = std::move(m);
  e->queue = q.pass();
  e->queue->metrics().queued().add(1);
  messages.fetch_add(1, std::memory_order_relaxed);
  message_count->add(1);
  return e;
}

void engine::leave(entry_ptr e) {
  messages.fetch_sub(1, std::memory_order_relaxed);
  message_count->add(-1);
  e->queue->metrics().queued().add(-1);
  e->queue->release();  // last: the queue may be reaped from here on
}

void engine::remove(entry_ptr e) {
  if (e->hot && e->hot->is_spooled) parts.store.remove(*e->hot);
  leave(std::move(e));
}

void engine::wait_until(entry_ptr e, steady_time due) {
  e->queue->waiting.fetch_add(1, std::memory_order_relaxed);
  e->queue->metrics().add_scheduled(1);
  here().line.insert(std::move(e), due);
}

void engine::shelve(entry_ptr e) {
  const auto until = std::chrono::steady_clock::now() + next_shelf_time(*e);
  wait_until(std::move(e), until);
}

void engine::end_wait(queue_entry& e) {
  e.queue->waiting.fetch_sub(1, std::memory_order_relaxed);
  e.queue->metrics().add_scheduled(-1);
}

void engine::add_chore(held_entry e, std::optional<requeue_order> order) {
  auto& room = here();
  room.chores.push_back({e.pass(), std::move(order)});
  if (room.chore_workers >= most_chore_workers) return;
  ++room.chore_workers;
  const bool is_open = room.work.spawn("chores", [self = shared_from_this(), &room] { return self->work_chores(room); });
  if (!is_open) --room.chore_workers;  // shutdown collects the chores
}

rt::task<> engine::work_chores(loop_room& room) {
  struct counted {
    std::size_t& n;
    ~counted() { --n; }
  } counted{room.chore_workers};
  while (!room.chores.empty()) {
    auto next = std::move(room.chores.front());
    room.chores.pop_front();
    held_entry e(*this, std::move(next.entry));
    const bool has_news = next.order && next.order->record;
    if (is_stopping() && !has_news) continue;  // shelved: shutdown collects it
    try {
      if (next.order) {
        co_await requeuer.requeue(std::move(e), std::move(*next.order));
      } else {
        co_await promoter.promote_with_care(std::move(e));
      }
    } catch (const std::exception& failed) {  // the entry is shelved; the others go on
      if (!is_stopping()) log::error("queue", "a message could not be moved between queues: {}", failed.what());
    }
  }
}

rt::task<result<void>> engine::load_meta(queue_entry& e) {
  if (e.hot) co_return result<void>{};
  auto loaded = co_await parts.store.load_meta(e.id);
  if (!loaded) {
    log::error("queue", "message {} of {} cannot be loaded: {}", e.id.simple(), e.queue->name(), loaded.why().text);
    co_return loaded.why();
  }
  e.hot = std::move(*loaded);
  e.hot->attempts = e.attempts;
  co_return result<void>{};
}

rt::task<result<void>> engine::load_data(queue_entry& e) {
  auto meta = co_await load_meta(e);
  if (!meta || e.hot->content.is_loaded()) co_return meta;
  auto loaded = co_await parts.store.load_data(*e.hot);
  if (!loaded) {
    log::error("queue", "body of message {} cannot be loaded: {}", e.id.simple(), loaded.why().text);
    co_return loaded;
  }
  e.setbacks = 0;
  co_return loaded;
}

}  // namespace godwit::queue
