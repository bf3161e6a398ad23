#pragma once
// A gate counts what runs on one loop, so that its owner can stop it: close the gate, cancel, wait, and name who is
// still running. spawn() is the only place in the program that detaches a coroutine.

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include <asio/cancellation_signal.hpp>

#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::rt {

/// Stops one coroutine of a gate, on the gate's loop; without effect before it starts and after it has ended.
class canceller {
 public:
  void cancel() {
    if (signal_) signal_->emit(asio::cancellation_type::terminal);
  }

 private:
  friend class gate;
  asio::cancellation_signal* signal_ = nullptr;
};

/// Belongs to one loop and is used there only.
class gate {
 public:
  gate(loop& owner, std::string name);
  ~gate();  ///< must be empty
  gate(const gate&) = delete;

  loop& owner() { return loop_; }
  bool is_closed() const { return closed_; }
  std::size_t count() const { return running_.size(); }

  /// Starts `body` on the gate's loop under `label`. `body` is kept alive until the coroutine ends, so it may be a
  /// lambda with captures. An exception that escapes is logged with the label; a closed gate drops it and returns false.
  /// `stop`, when given, can end this one alone.
  bool spawn(std::string label, std::function<task<>()> body, std::shared_ptr<canceller> stop = {});

  /// No more spawns; emits terminal cancellation to what runs; waits until it is empty or `limit` is over.
  /// False when somebody is still running (logged by label).
  task<bool> close(std::chrono::nanoseconds limit);
  /// Closes without cancelling and waits as above.
  task<bool> drain(std::chrono::nanoseconds limit);

 private:
  struct running {
    std::string label;
    asio::cancellation_signal cancel;
  };
  task<bool> wait_empty(std::chrono::nanoseconds limit);

  loop& loop_;
  std::string name_;
  std::list<running> running_;
  timer empty_;
  bool closed_ = false;
};

}  // namespace godwit::rt
