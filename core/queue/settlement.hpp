#pragma once
// What an attempt did to a message: records, then removal, or the way back to its scheduled queue (KumoMTA: SMTP client).

#include <optional>
#include <vector>

#include "queue/delivery_agent.hpp"
#include "queue/held_entry.hpp"
#include "queue/ready_queue.hpp"
#include "rt/task.hpp"

namespace godwit::queue {

class settlement {
 public:
  /// `why` is what requeue_message hears of a message that failed transiently.
  settlement(engine& owner, ready_ref via, path_ref path, delivery_trace trace,
             insert_context why = insert_context::logged_transient_failure)
      : engine_(&owner), via_(std::move(via)), path_(std::move(path)), trace_(std::move(trace)), why_(why) {}

  /// Records what needs no policy call and takes its recipients off the message before it returns, so that a cancelled
  /// session cannot undo a delivery; the task saves the message and does the rest.
  rt::task<> settle(held_entry e, std::vector<outcome> outcomes);
  /// Between two parts of an attempt: the entry stays with its session, who saves it. `gone`, a place a recipient, says
  /// who is off the message.
  void settle_part(queue_entry& e, std::vector<outcome>& outcomes, std::vector<bool>& gone);
  /// What is known of the recipients goes to disk. Never throws: when cancelled, shutdown saves.
  static rt::task<> save(engine& owner, queue_entry& e);
  /// One outcome for the whole message, for reasons of the connection: no peer said it, so it is not rewritten.
  rt::task<> fail(held_entry e, mail::record_type type, mail::response r) const;

 private:
  static rt::task<> nothing();
  static rt::task<> settle_rest(settlement self, held_entry e, std::vector<outcome> rest, bool has_progress);
  static rt::task<std::optional<outcome>> write_rest(const settlement& self, queue_entry& e, std::vector<outcome>& rest,
                                                     std::vector<bool>& done);
  std::vector<outcome> write_final(const queue_entry& e, std::vector<outcome>& outcomes, std::vector<bool>& done);
  rt::task<> rewrite(const queue_entry& e, outcome& o) const;
  void write(const outcome& o, const queue_entry& e) const;
  std::shared_ptr<const requeue_order> order_if_cut_off(const std::vector<outcome>& rest) const;
  /// Marks the recipients of a final outcome.
  static void mark_done(const outcome& o, std::vector<bool>& done);
  /// Takes those who are done off the message; `rest` names the others by their new places. True: some are done.
  static bool keep_open(mail::message& m, const std::vector<bool>& done, std::vector<outcome>& rest);

  engine* engine_;
  ready_ref via_;
  path_ref path_;
  delivery_trace trace_;
  insert_context why_;
  bool may_rewrite_ = true;
};

}  // namespace godwit::queue
