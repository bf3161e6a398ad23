#pragma once
// What the parts of the queue manager share. Internal to the library; manager.hpp is its face. Kept alive by whoever
// posts to a loop, so that a late closure finds it.

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "queue/connection_limit.hpp"
#include "queue/delay_line.hpp"
#include "queue/directory.hpp"
#include "queue/held_entry.hpp"
#include "queue/journal.hpp"
#include "queue/manager.hpp"
#include "queue/promoter.hpp"
#include "queue/requeuer.hpp"
#include "queue/resolver.hpp"
#include "queue/session_pool.hpp"
#include "queue/source_health.hpp"
#include "queue/throttle_store.hpp"
#include "rt/gate.hpp"

namespace godwit::queue {

class delivery_session;

/// Work on one entry that may suspend: promotion with care, or requeueing when an order is given.
struct chore {
  entry_ptr entry;
  std::optional<requeue_order> order;
};

/// What the queue keeps on one loop; touched on that loop only, save for `line`.
struct loop_room {
  explicit loop_room(rt::loop& owner)
      : loop(owner), timers(owner, "queue timers"), work(owner, "queue"), sessions(owner, "delivery"), line(owner) {}

  rt::loop& loop;
  rt::gate timers;    ///< tick and upkeep: cancelled first at shutdown
  rt::gate work;      ///< refreshes and chores
  rt::gate sessions;
  delay_line line;
  entry_list due;     ///< out of the wheel, not promoted yet
  std::deque<chore> chores;
  std::size_t chore_workers = 0;
  std::set<delivery_session*> watched;  ///< sessions whose agent is at work
};

struct engine : std::enable_shared_from_this<engine> {
  explicit engine(manager_parts given);

  manager_parts parts;
  std::map<std::string, std::shared_ptr<delivery_agent>> agents;  ///< unchanged after start()
  journal book;
  throttle_store& throttles;
  connection_limits limits;
  source_health health;
  scheduled_directory scheduled;
  ready_directory ready;
  queue::resolver resolver;
  queue::promoter promoter;
  queue::requeuer requeuer;
  session_pool sessions;
  std::vector<std::unique_ptr<loop_room>> rooms;
  std::atomic<bool> stopping{false};
  std::atomic<std::size_t> messages{0};
  std::shared_ptr<metrics::gauge> message_count;

  std::uint64_t epoch() const { return parts.config_epoch ? parts.config_epoch() : 0; }
  memory_level memory() const { return parts.memory ? parts.memory() : memory_level::enough; }
  bool is_stopping() const { return stopping.load(std::memory_order_acquire); }
  /// The room of the current loop; of the first one on other threads.
  loop_room& here();

  /// A new entry of the queue, whose hold it takes over.
  entry_ptr enter(queue_hold q, mail::message_ref m);
  /// The entry's life ends; with remove() the spooled message's too.
  void leave(entry_ptr e);
  void remove(entry_ptr e);
  /// Into the wheel of this loop.
  void wait_until(entry_ptr e, steady_time due);
  /// An entry whose work broke off has its next turn soon; later the more often that happened.
  void shelve(entry_ptr e);
  /// Out of the wheel.
  void end_wait(queue_entry& e);
  /// Queues work on this loop; some workers do it in turn.
  void add_chore(held_entry e, std::optional<requeue_order> order = {});

  /// Makes the metadata, or metadata and body, resident.
  rt::task<result<void>> load_meta(queue_entry& e);
  rt::task<result<void>> load_data(queue_entry& e);

 private:
  rt::task<> work_chores(loop_room& r);
};

}  // namespace godwit::queue
