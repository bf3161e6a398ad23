#pragma once
// From a received transaction to safe messages: split, trace headers, hooks, reports, spool, queue (KumoMTA: SMTP server).

#include <memory>
#include <vector>

#include "receive/relay_rule.hpp"
#include "receive/service.hpp"
#include "receive/splitting.hpp"
#include "smtp/session_policy.hpp"

namespace godwit::receive {

/// One transaction on its way. Used once, on the session's loop; the session outlives it.
class acceptance {
 public:
  /// data_processing_timeout counts from here.
  acceptance(service& parts, const smtp::listener_options& options, hook::connection_ref context, relay_rule& rule)
      : parts_(parts),
        options_(options),
        context_(std::move(context)),
        rule_(rule),
        until_(std::chrono::steady_clock::now() + options.data_processing_timeout) {}

  /// 250 only when every message is safe (or dropped as its policy says).
  rt::task<smtp::answer> take(smtp::transaction t);

 private:
  /// One message of the transaction.
  struct intake {
    mail::message_ref message;
    std::vector<mail::log_record> reports;  ///< what it reports, logged once the message is safe
    bool is_dropped = false;                ///< meta queue "null", or a report that goes no further
    std::optional<error> unresolved;        ///< its queue has no configuration
    std::optional<error> unqueued;          ///< why no queue took it
  };
  struct refusal {
    smtp::answer answer;
    mail::message_ref about;
  };

  rt::task<smtp::decision> read(smtp::transaction t);
  rt::task<smtp::decision> run_data_event(smtp::transaction& t);
  rt::task<std::vector<recipient_group>> split(const smtp::transaction& t);
  object meta() const;
  mail::message_ref make_message(const smtp::transaction& t, recipient_group recipients) const;
  mail::message_ref whole_message(const smtp::transaction& t) const;
  mail::message_ref bare_message(const smtp::transaction& t, recipient_group recipients) const;
  rt::task<smtp::decision> admit(intake& one);
  rt::task<smtp::decision> run_message_event(const mail::message_ref& m);
  rt::task<smtp::decision> apply_relay_rule(intake& one);
  void add_received_header(mail::message& m) const;
  void add_trace_header(mail::message& m) const;
  rt::task<> resolve_queues();
  rt::task<smtp::decision> store();
  void unstore();
  rt::task<> enqueue();
  rt::task<> enqueue(intake& one, const mail::response& reply);
  void log_refusals();
  smtp::answer accepted() const;
  bool is_late() const { return std::chrono::steady_clock::now() >= until_; }

  service& parts_;
  const smtp::listener_options& options_;
  hook::connection_ref context_;
  relay_rule& rule_;
  const hook::event::instant until_;
  // By smtp_server_data, for every message:
  object added_meta_;
  std::optional<mail::schedule> schedule_;
  std::optional<wall_time> due_;
  bool force_sync_ = false;

  std::vector<intake> messages_;   ///< in order of the reply
  std::vector<refusal> refusals_;  ///< split messages that were refused while others were taken
};

}  // namespace godwit::receive
