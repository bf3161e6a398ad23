#pragma once
// Starts delivery sessions and cleans up after them (KumoMTA: ready queues).

#include <atomic>
#include <cstddef>

#include "queue/held_entry.hpp"
#include "queue/ready_queue.hpp"
#include "queue/requeuer.hpp"
#include "rt/gate.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

struct loop_room;

class session_pool {
 public:
  explicit session_pool(engine& owner) : engine_(owner) {}

  /// Starts `n` sessions whose places were claimed, the first one on this loop, the others on the next ones.
  void start(const ready_ref& rq, std::size_t n);
  /// Starts what the queue's length asks for.
  void start_wanted(const ready_ref& rq);
  /// After a push or a return: wakes and starts.
  void follow(const ready_ref& rq, ready_queue::push_result r);

 private:
  void start_on(loop_room& room, const ready_ref& rq);
  rt::task<> run(ready_ref rq, std::shared_ptr<rt::canceller> stop);
  rt::task<bool> pass_connection_rate(ready_ref rq, path_ref path);

  engine& engine_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace godwit::queue
