#pragma once
// Runs the wheels and the upkeep of queues, and ends it all in order.

#include <deque>

#include "queue/queue_entry.hpp"
#include "queue/ready_queue.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

struct engine;
struct loop_room;

class caretaker {
 public:
  explicit caretaker(engine& owner) : engine_(owner) {}

  void start();
  rt::task<> shutdown();

 private:
  rt::task<> tick(loop_room& room);
  rt::task<> upkeep(loop_room& room);
  rt::task<> watch(loop_room& room);
  void relieve_memory();
  void promote_some(loop_room& room);
  duration session_time() const;
  static rt::task<> stop_room(loop_room& room);
  static rt::task<> end_room(loop_room& room, steady_time until);
  void stop_queues();
  entry_list collect();
  rt::task<> save_all(entry_list& entries);
  rt::task<> save_next(std::deque<mail::message*>& unsaved, std::size_t& failed);

  engine& engine_;
};

}  // namespace godwit::queue
