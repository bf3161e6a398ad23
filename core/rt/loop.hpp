#pragma once
// Event loops: one thread, one io_context each. What was created on a loop lives and dies there; other loops post
// closures that carry values.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include "rt/task.hpp"

namespace godwit::rt {

using steady_clock = std::chrono::steady_clock;
using timer = asio::basic_waitable_timer<steady_clock, asio::wait_traits<steady_clock>, executor>;

class loop {
 public:
  explicit loop(std::size_t index);

  std::size_t index() const { return index_; }
  asio::io_context& io() { return io_; }
  executor get_executor() { return io_.get_executor(); }
  bool is_current() const { return current() == this; }

  /// Runs `fn` on this loop, later; thread-safe.
  template <class F>
  void post(F fn) {
    asio::post(io_, std::move(fn));
  }

  /// The loop this thread runs, null elsewhere.
  static loop* current();

  void run();   ///< until stop(); sets current()
  void stop();  ///< thread-safe

 private:
  std::size_t index_;
  asio::io_context io_;
  asio::executor_work_guard<executor> work_;
};

/// The loops of the daemon and their threads.
class loop_group {
 public:
  explicit loop_group(std::size_t count);
  ~loop_group();  ///< stop() and join()

  std::size_t size() const { return loops_.size(); }
  loop& at(std::size_t i) { return *loops_[i]; }
  loop& next();  ///< round robin; thread-safe
  void start();  ///< one thread each
  void stop();
  void join();

 private:
  std::vector<std::unique_ptr<loop>> loops_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
};

/// Suspends the calling coroutine; cancellation ends it early by throwing asio::system_error.
task<> sleep_for(std::chrono::nanoseconds d);
/// Runs `body` (a function that returns a task) on another loop and resumes the caller on its own with the result.
template <class F>
auto run_on(loop& target, F body) -> std::invoke_result_t<F> {
  co_return co_await asio::co_spawn(target.io(), std::move(body), use_task);
}

/// Runs `body` on this loop to its end, whatever happens to the caller: cancellation is heard afterwards. `body` is
/// short, and what it refers to lives in the caller's frame.
template <class F>
auto run_shielded(loop& here, F body) -> std::invoke_result_t<F> {
  auto unheard = asio::bind_cancellation_slot(asio::cancellation_slot(), use_task);
  co_return co_await asio::co_spawn(here.io(), std::move(body), std::move(unheard));
}

}  // namespace godwit::rt
