#pragma once
// A coroutine of somebody else's that its caller waits for no longer than it wants: one that does not end can be left to
// itself.

#include <asio/cancellation_signal.hpp>

#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::rt {

enum class waited { ended, overran, cancelled };

/// What caller and coroutine share: derive from it and add what they exchange, arguments included. Both hold it, so a coroutine
/// that was left to itself keeps what it still reads. Belongs to one loop; one run at a time.
class bounded_run {
 public:
  explicit bounded_run(executor where) : wake_(where) {}
  bounded_run(const bounded_run&) = delete;

  bool has_ended() const { return has_ended_; }

  /// Runs `body`, which holds `self`, up to its first wait: without one it has ended when this returns, and has cost no timer. It
  /// puts down what it has to say; a throw just ends it. Not in a gate: the caller waits.
  static void start(std::shared_ptr<bounded_run> self, task<> body);
  /// Until it has ended, `until` has come, or the caller was cancelled.
  task<waited> wait(steady_clock::time_point until);
  /// Asks the coroutine to end; it may do so at once, later, or not at all.
  void cancel() { cancel_.emit(asio::cancellation_type::terminal); }

 protected:
  ~bounded_run() = default;

 private:
  static task<> run(std::shared_ptr<bounded_run> self, task<> body);

  timer wake_;
  asio::cancellation_signal cancel_;
  bool has_ended_ = false;
};

}  // namespace godwit::rt
