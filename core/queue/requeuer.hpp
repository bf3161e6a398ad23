#pragma once
// Gives messages back to their scheduled queue: records, requeue_message, retry or expiry, spool (KumoMTA:
// retries).

#include <optional>

#include "mail/log_record.hpp"
#include "queue/held_entry.hpp"
#include "queue/insert_context.hpp"
#include "queue/queue_config.hpp"
#include "queue/ready_queue.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

struct requeue_order {
  mail::response response;               ///< what requeue_message hears
  insert_context why = insert_context::logged_transient_failure;
  std::optional<mail::record_type> record = {};  ///< write one of this type with `response`
  bool increment = false;                ///< counts as an attempt: the retry formula gives the due time,
  std::optional<duration> delay;         ///< unless this does
  bool is_known = false;                 ///< an earlier one said the same: waits on without event, record and saving
};

class requeuer {
 public:
  explicit requeuer(engine& owner) : engine_(owner) {}

  rt::task<> requeue(held_entry e, requeue_order order);
  /// requeue() from where nothing may suspend.
  void requeue_later(held_entry e, requeue_order order);
  void requeue_all(entry_list entries, const requeue_order& order);
  /// Not tried yet and not due yet: waits without events (scheduling, set_due), or expires.
  rt::task<> postpone(held_entry e, wall_time due, insert_context why);
  /// Writes what is not on disk yet. A message that cannot be saved stays whole in memory: it is saved with its next
  /// change or at shutdown.
  rt::task<> save(queue_entry& e);
  /// To the queue that the metadata names now: attempts begin anew, a schedule is kept.
  rt::task<> rebind(held_entry e);
  /// Ends the message with a record and removes it. The entry is hot.
  void finish(held_entry e, mail::record_type type, const mail::response& r);

 private:
  bool is_no_news(const queue_entry& e, const requeue_order& order) const;
  bool try_quietly(held_entry& e, const requeue_order& order);
  rt::task<std::optional<mail::response>> ask_policy(queue_entry& e, const requeue_order& order);
  rt::task<> change_queue(held_entry e, std::string queue);
  rt::task<> move_to(held_entry& e, std::string queue);
  void write_delayed(queue_entry& e, const requeue_order& order, wall_time due);
  void shrink(queue_entry& e, duration until_due);
  void wait(held_entry e, wall_time due);

  engine& engine_;
};

/// For what waits for a source that cannot send: to its scheduled queue, and on to another source at once.
requeue_order source_suspended();
/// 451 4.4.4 with the mark of an internal condition.
mail::response internal_response(std::string text);

}  // namespace godwit::queue
