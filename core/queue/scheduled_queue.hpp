#pragma once
// One scheduled queue: its configuration, its route to ready queues, its round robin. The messages that wait for their
// time are in the timer wheels (delay_line), those that wait for the route are parked here. Shared by all loops.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mail/queue_name.hpp"
#include "queue/route.hpp"
#include "queue/scheduled_metrics.hpp"
#include "queue/timer_wheel.hpp"
#include "queue/weighted_round_robin.hpp"

namespace godwit::queue {

class scheduled_queue : public std::enable_shared_from_this<scheduled_queue> {
 public:
  explicit scheduled_queue(std::string name);

  const std::string& name() const { return name_; }
  const mail::queue_name& parts() const { return parts_; }
  scheduled_metrics& metrics() { return metrics_; }

  // Users: entries and callers that are about to add one. A queue with users is not reaped.
  void hold() { users_.fetch_add(1, std::memory_order_relaxed); }
  void release();
  std::size_t users() const { return users_.load(std::memory_order_relaxed); }
  /// Entries that wait for their time.
  std::atomic<std::size_t> waiting{0};
  /// Recipients' outcomes since the queue exists.
  std::atomic<std::uint64_t> delivered{0}, failed{0};

  /// Null until the policy has answered once.
  config_ref config() const;
  bool is_config_fresh(steady_time now, std::uint64_t epoch) const;
  void set_config(config_ref config, steady_time until, std::uint64_t epoch);
  void keep_config(steady_time until);
  steady_time config_until() const;
  /// Lists `w` for the first configuration; true when the caller has to start the refresh. Null config only.
  bool await_config(const std::shared_ptr<waiter>& w);
  /// `why`: what to tell those who wait when there is still no configuration.
  std::vector<std::shared_ptr<waiter>> take_config_waiters(std::string why);
  std::string config_error() const;

  /// The route, null when it has to be looked up.
  route_ref fresh_route(steady_time now, std::uint64_t epoch) const;
  /// Keeps `e` until the route is known; true when the caller has to start the refresh.
  bool park(entry_ptr e);
  /// Ends a refresh: sets the route (null: none) and gives back what was parked.
  entry_list finish_refresh(route_ref via);
  /// The route turned out to lead to a queue that is gone.
  void drop_route();
  entry_list take_parked();
  /// Looks at all that waits for the route; takes what `wanted` says, which runs under the lock.
  void look_parked(const timer_wheel::visitor& wanted, entry_list& taken);
  /// The last route, null when there was none.
  route_ref last_route() const;

  /// Next candidate by weight, nothing when all are excluded.
  std::optional<std::size_t> pick(const route& via, const std::vector<bool>& excluded);

  bool is_idle_since(steady_time t) const;
  duration reap_interval() const;

 private:
  const std::string name_;
  const mail::queue_name parts_;
  scheduled_metrics metrics_;
  std::atomic<std::size_t> users_{0};
  std::atomic<steady_time::rep> last_used_;

  mutable std::mutex guard_;
  config_ref config_;
  steady_time config_until_{};
  std::uint64_t config_epoch_ = 0;
  route_ref route_;
  weighted_round_robin robin_;
  entry_list parked_;
  std::vector<std::shared_ptr<waiter>> config_waiters_;
  std::string config_error_;
  bool refreshing_ = false;
};

using scheduled_ref = std::shared_ptr<scheduled_queue>;

/// One use of a queue; given up when destroyed unless passed on to an entry.
class queue_hold {
 public:
  queue_hold() = default;
  explicit queue_hold(scheduled_ref q) : queue_(std::move(q)) {}  ///< takes over a hold()
  queue_hold(queue_hold&&) = default;
  queue_hold& operator=(queue_hold&& other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
  }
  ~queue_hold() {
    if (queue_) queue_->release();
  }

  scheduled_queue* operator->() const { return queue_.get(); }
  scheduled_queue& operator*() const { return *queue_; }
  /// The hold is the caller's now.
  scheduled_queue* pass() { return std::exchange(queue_, nullptr).get(); }

 private:
  scheduled_ref queue_;
};

}  // namespace godwit::queue
