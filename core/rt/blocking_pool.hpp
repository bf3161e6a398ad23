#pragma once
// Named, bounded thread pools for what blocks: disk, SQLite, name look-ups of libraries. Depth is a metric
// (thread_pool_size, and godwit_rt_pool_depth{pool}).

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::rt {

/// A pool since it was made, for operators.
struct pool_view {
  std::string name;
  std::size_t threads = 0;
  std::size_t active = 0;           ///< threads that run a job now
  std::size_t queued = 0;           ///< jobs that wait for a thread
  std::uint64_t invocations = 0;    ///< jobs that were begun
  std::chrono::nanoseconds busy{};  ///< in jobs, all threads added up: those that run now count up to now
  std::chrono::nanoseconds age{};

  double average_concurrency() const;  ///< threads that were in a job, on the average
  double saturation() const;           ///< the part of the threads' time that went into jobs, 0 to 1
  std::chrono::nanoseconds time_per_job() const;
};

/// Every pool there is, oldest first. Thread-safe.
std::vector<pool_view> list_pools();

class blocking_pool {
 public:
  blocking_pool(std::string name, std::size_t threads, std::size_t max_depth = 100000);
  ~blocking_pool();  ///< waits for what runs

  /// Runs `work` on a thread of the pool, then resumes the caller on its loop with the result or the exception.
  /// Throws std::runtime_error when max_depth jobs wait already. Not cancellable: the caller waits for the end.
  template <class F>
  auto run(F work) -> task<std::invoke_result_t<F>>;
  /// Without a caller to resume.
  void post(std::function<void()> work);
  pool_view view() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::rt

#include "rt/blocking_pool_impl.hpp"
