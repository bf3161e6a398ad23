#pragma once
// Named, bounded thread pools for what blocks: disk, SQLite, name look-ups of libraries. Depth is a metric
// (thread_pool_size, and godwit_rt_pool_depth{pool}).

#include <functional>
#include <memory>
#include <string>

#include "rt/loop.hpp"
#include "rt/task.hpp"

namespace godwit::rt {

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
  std::size_t depth() const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::rt

#include "rt/blocking_pool_impl.hpp"
