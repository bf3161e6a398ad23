#pragma once
// Messages that may be sent now from one source to one site. Shared by all loops through one short lock; nothing here
// suspends, calls out or takes another lock. Who takes what out wakes and starts whom is told by return values.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "queue/delivery_agent.hpp"
#include "queue/memory_relief.hpp"
#include "queue/path_snapshot.hpp"
#include "queue/queue_entry.hpp"
#include "queue/ready_metrics.hpp"
#include "queue/timer_wheel.hpp"
#include "queue/waiter.hpp"

namespace godwit::queue {

class ready_queue : public std::enable_shared_from_this<ready_queue> {
 public:
  /// `pool` is that of the scheduled queue which needed it first.
  ready_queue(std::string name, egress_source_config source, queue::site site, std::string routing_domain, std::string pool,
              std::shared_ptr<delivery_agent> agent, steady_time now);

  const std::string& name() const { return name_; }
  const std::string& source_name() const { return source_name_; }
  const std::string& routing_domain() const { return routing_domain_; }
  const std::string& pool() const { return pool_; }
  const std::shared_ptr<delivery_agent>& agent() const { return agent_; }
  ready_metrics& metrics() { return metrics_; }

  // Snapshots; null path until the first update_path().
  struct snapshot {
    path_ref path;
    std::shared_ptr<const egress_source_config> source;
    std::shared_ptr<const queue::site> site;
    bool is_stale = false;  ///< begin_refresh() would say so
  };
  snapshot view(steady_time now, std::uint64_t epoch) const;
  path_ref path() const;
  std::shared_ptr<const queue::site> site() const;
  void update_target(egress_source_config source, queue::site site);
  /// True when the path has to be asked for anew; the caller then does it and calls update_path() or keep_path().
  bool begin_refresh(steady_time now, std::uint64_t epoch);
  /// Returns what no longer fits: everything when the path is suspended now.
  entry_list update_path(path_ref path, steady_time until, std::uint64_t epoch);
  void keep_path(steady_time until);

  enum class admission { taken, full, suspended, closed };
  struct push_result {
    admission how = admission::taken;
    std::size_t start = 0;              ///< sessions to start: their places are taken already
    std::shared_ptr<waiter> woken;      ///< to wake, may be null
  };
  /// Takes `e` only when it is admitted; it releases what the path's policy for this level of memory names.
  push_result push(entry_ptr& e, memory_level memory);
  /// There is no memory left: everything that waits releases what no_memory_reduction_policy names. Returns what is not
  /// in the spool, to be saved before it waits.
  entry_list shrink();
  /// Back in front, however full; for messages that were taken and not tried.
  push_result put_front(entry_list entries);

  /// Up to `max` entries. When there is none and `w` is given, `w` is listed and will be woken.
  entry_list take(std::size_t max, const std::shared_ptr<waiter>& w);
  void forget(const std::shared_ptr<waiter>& w);
  entry_list take_all();
  /// How far a look through the queue is; begins at the front. The queue moves it on when the message it has come to leaves.
  class cursor {
   public:
    explicit cursor(ready_queue& of);
    ~cursor();
    cursor(const cursor&) = delete;

   private:
    friend class ready_queue;
    ready_queue& queue_;
    queue_entry* next_;
    std::size_t left_;  ///< to look at: what comes later is not
  };
  /// Looks at up to `most` messages; takes what `wanted` says. It runs under the lock: it is quick and calls nobody. False
  /// at the end. What leaves meanwhile, and comes back, may be missed.
  bool look(cursor& at, std::size_t most, const timer_wheel::visitor& wanted, entry_list& taken);
  std::vector<std::shared_ptr<waiter>> take_waiters();

  /// Sessions to start now; their places are taken.
  std::size_t claim_sessions(steady_time now, memory_level memory);
  /// A session ended; no new one starts before `hold`.
  void session_ended(steady_time now, steady_time hold);
  void release_hold();
  bool is_stopping() const { return stopping_.load(std::memory_order_relaxed); }
  void stop() { stopping_.store(true, std::memory_order_relaxed); }

  std::uint64_t note_failure() { return failures_.fetch_add(1, std::memory_order_relaxed) + 1; }
  std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  void note_success() { failures_.store(0, std::memory_order_relaxed); }

  std::size_t size() const;
  std::size_t connections() const;
  bool has_room() const;
  /// Closes the queue when nothing happened for `idle`; a closed one admits nothing more.
  bool close_if_idle(steady_time now, duration idle);

 private:
  std::shared_ptr<waiter> pick_waiter();
  std::size_t claim_locked(memory_level memory);
  bool is_stale(steady_time now, std::uint64_t epoch) const;
  void pass(const queue_entry& leaving);
  void end_looks();

  const std::string name_, source_name_, routing_domain_, pool_;
  const std::shared_ptr<delivery_agent> agent_;
  ready_metrics metrics_;
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<bool> stopping_{false};

  mutable std::mutex guard_;  // innermost lock: see docs/queues.md
  entry_list entries_;
  std::vector<cursor*> looks_;   ///< under way
  std::deque<std::shared_ptr<waiter>> idle_;
  std::size_t woken_ = 0;        ///< waiters woken that have not come back yet
  std::size_t connections_ = 0;
  path_ref path_;
  steady_time path_until_{}, hold_until_{}, last_used_;
  std::uint64_t path_epoch_ = 0;
  bool refreshing_ = false, closed_ = false;
  std::shared_ptr<const egress_source_config> source_;
  std::shared_ptr<const queue::site> site_;
};

using ready_ref = std::shared_ptr<ready_queue>;

}  // namespace godwit::queue
