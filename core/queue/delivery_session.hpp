#pragma once
// A ready queue as one delivery session sees it. Lives on the session's loop; only the ready queue behind it is shared.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/delivery_agent.hpp"
#include "queue/ready_queue.hpp"
#include "queue/requeuer.hpp"
#include "queue/settlement.hpp"
#include "rt/gate.hpp"

namespace godwit::queue {

class delivery_session final : public work_source {
 public:
  delivery_session(std::shared_ptr<engine> owner, ready_ref rq, std::shared_ptr<rt::canceller> stop);

  const egress_path_config& path() const override { return path_->config; }
  const egress_source_config& source() const override { return *source_; }
  const site& destination() const override { return *site_; }
  const std::string& name() const override { return rq_->name(); }
  const std::string& routing_domain() const override { return rq_->routing_domain(); }
  const std::string* peek_queue() const override;

  rt::task<std::vector<mail::message_ref>> take(std::size_t max, std::chrono::nanoseconds idle) override;
  rt::task<> settle(mail::message_ref m, std::vector<outcome> outcomes, const delivery_trace& trace) override;
  rt::task<std::vector<bool>> settle_part(mail::message_ref m, std::vector<outcome> outcomes,
                                          const delivery_trace& trace) override;
  rt::task<> rebind(mail::message_ref m, mail::record_type type, mail::response r, const delivery_trace& trace) override;
  void give_back(mail::message_ref m) override;
  rt::task<> connection_failed(mail::response r, const delivery_trace& trace) override;
  void connection_succeeded() override { rq_->note_success(); }
  rt::task<> settle_all(mail::record_type type, mail::response r, insert_context why) override;
  void source_failed(source_trouble what, std::string_view why) override;
  void note_progress(std::string_view phase, std::string detail) override;

  /// Whether it did anything that changes the queue, or had nothing to do: others were faster.
  bool has_progress() const { return has_progress_ || is_idle_; }
  /// Ends the session when it got nowhere for too long (KumoMTA: ready queues).
  void watch(steady_time now);
  /// The queues stop: an agent that plans or connects will get nothing to send, so nobody waits for it.
  void stop();
  /// When the result is destroyed, what the session still holds goes back, however the session ended.
  std::shared_ptr<void> ends_with(std::shared_ptr<delivery_session> self);

 private:
  struct listing;

  void refresh();
  void fetch(std::size_t max, const std::shared_ptr<waiter>& w) const;
  rt::task<bool> wait_for_work(steady_time until);
  rt::task<bool> pass_rates(bool has_batch, steady_time until);
  rt::task<> prepare(std::vector<mail::message_ref>& batch, steady_time until);
  void delay_all(const requeue_order& order);
  void return_fetched();
  std::vector<entry_ptr>::iterator find_held(const mail::message_ref& m);
  held_entry take_held(const mail::message_ref& m);
  rt::task<std::vector<bool>> save_part(queue_entry& e, std::vector<bool> gone);
  bool is_lost(const mail::message_ref& m) const;
  void requeue_aborted(std::string what);
  rt::task<> fail_fetched(mail::record_type type, mail::response r, insert_context why);
  void finish();

  const std::shared_ptr<engine> engine_;
  const ready_ref rq_;
  path_ref path_;
  std::shared_ptr<const egress_source_config> source_;
  std::shared_ptr<const queue::site> site_;
  const std::shared_ptr<waiter> waiter_;
  mutable entry_list fetched_;      ///< out of the ready queue, not given to the agent yet
  std::vector<entry_ptr> held_;     ///< given to the agent
  steady_time taken_at_{};  ///< when the last batch was given to the agent
  bool has_progress_ = false;
  mutable bool is_idle_ = false;  ///< the last look found nothing to send

  const std::shared_ptr<rt::canceller> stop_;
  const std::string id_;             ///< names the session in the watchdog's record
  const steady_time started_;
  std::string phase_ = "start", detail_;
  std::optional<steady_time> phase_since_;  ///< none while the queue, not the agent, has the turn
  bool is_aborted_ = false;                 ///< by the watchdog
};

}  // namespace godwit::queue
