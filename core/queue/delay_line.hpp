#pragma once
// The timer wheel of one loop: entries of any queue that wait for their time. Insertion from any thread; what is due
// comes out on the owner's loop, which sleeps until then.

#include <chrono>
#include <mutex>

#include "queue/ready_queue.hpp"
#include "queue/timer_wheel.hpp"
#include "rt/event.hpp"
#include "rt/loop.hpp"

namespace godwit::queue {

class delay_line {
 public:
  static constexpr duration tick = std::chrono::milliseconds(10);

  explicit delay_line(rt::loop& owner);

  void insert(entry_ptr e, steady_time due);
  /// Appends what is due to `out`. Owner's loop.
  void collect(steady_time now, entry_list& out);
  /// Waits until something is due or was inserted in front. Owner's loop.
  rt::task<> wait();
  entry_list drain();

  /// A look through the line, some entries at a time; between two the line goes on as ever. Any thread.
  class walk {
   public:
    explicit walk(delay_line& of) : line_(of) {}
    ~walk();
    walk(const walk&) = delete;
    /// False at the end. `visit` runs under the line's lock: it is quick and calls nobody.
    bool next(std::size_t most, const timer_wheel::visitor& visit, entry_list& taken);

   private:
    delay_line& line_;
    timer_wheel::cursor cursor_;
  };
  /// When an entry that is or was in the line is due.
  steady_time due_of(const queue_entry& e) const { return start_ + e.due_tick * tick; }
  std::size_t size() const;

 private:
  std::uint64_t tick_of(steady_time t) const;  ///< rounded up: never early

  const std::shared_ptr<waiter> sleeper_;
  const steady_time start_;
  mutable std::mutex guard_;
  timer_wheel wheel_;
  std::uint64_t sleeps_until_ = 0;  ///< earlier insertions wake the sleeper
};

}  // namespace godwit::queue
