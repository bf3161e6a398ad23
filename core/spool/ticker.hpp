#pragma once
// A thread that does something every so often, for what must not wait for anybody else's turn.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace godwit::spool {

class ticker {
 public:
  /// `name` of the thread: 15 characters at most. `tick` is called on it, the first time after one interval.
  ticker(std::string name, std::chrono::nanoseconds interval, std::function<void()> tick);
  ~ticker();  ///< stop()

  /// Waits for a tick that runs.
  void stop();

 private:
  void run();

  const std::string name_;
  const std::chrono::nanoseconds interval_;
  const std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;  ///< last: starts when all else exists
};

}  // namespace godwit::spool
