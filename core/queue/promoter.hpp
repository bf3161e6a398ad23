#pragma once
// Moves due messages from their scheduled queue to a ready queue (KumoMTA: retries, egress).

#include "queue/held_entry.hpp"
#include "queue/requeuer.hpp"
#include "queue/route.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

class promoter {
 public:
  explicit promoter(engine& owner) : engine_(owner) {}

  /// Does not suspend: what needs a policy call, the spool or name resolution goes on elsewhere. On a loop.
  void promote(held_entry e);
  /// As promote(), over a route that was just made.
  void promote_via(held_entry e, const route_ref& via);
  /// The part that suspends: loads metadata, calls throttle_insert_ready_queue, then places.
  rt::task<> promote_with_care(held_entry e);

 private:
  rt::task<std::optional<requeue_order>> ask_throttle(mail::message_ref m);
  bool needs_care(const queue_entry& e) const;
  bool is_rate_throttled(held_entry& e, const route& via);
  bool is_held_by_spool(held_entry& e);
  void place(held_entry e, const route_ref& via);
  /// Takes the entry when the candidate has room and its selection rate allows.
  struct attempt;
  bool try_candidate(held_entry& e, const route& via, std::size_t index, attempt& so_far);
  void report_failure(held_entry e, const route& via, const attempt& failed);

  engine& engine_;
};

}  // namespace godwit::queue
