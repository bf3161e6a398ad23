#pragma once
// From a received transaction to safe messages: split, trace headers, hooks, spool, queue (reference/kumo 9.5).

#include <memory>
#include <vector>

#include "receive/relay_rule.hpp"
#include "receive/service.hpp"
#include "smtp/session_policy.hpp"

namespace godwit::receive {

/// One transaction on its way. Used once, on the session's loop; the session outlives it.
class acceptance {
 public:
  acceptance(service& parts, const smtp::listener_options& options, hook::connection_ref context, relay_rule& rule)
      : parts_(parts), options_(options), context_(std::move(context)), rule_(rule) {}

  /// 250 only when every message is safe (or its policy discarded it).
  rt::task<smtp::answer> take(smtp::transaction t);

 private:
  using group = std::vector<mail::address>;
  struct refusal {
    smtp::answer answer;
    mail::message_ref about;
  };

  rt::task<smtp::decision> run_data_event(smtp::transaction& t);
  rt::task<std::vector<group>> split(const smtp::transaction& t);
  mail::message_ref make_message(const smtp::transaction& t, group recipients) const;
  rt::task<smtp::decision> run_message_event(const mail::message_ref& m);
  void add_received_header(mail::message& m) const;
  void add_trace_header(mail::message& m) const;
  rt::task<smtp::decision> store();
  rt::task<> enqueue();
  smtp::answer accepted() const;

  service& parts_;
  const smtp::listener_options& options_;
  hook::connection_ref context_;
  relay_rule& rule_;
  std::vector<mail::message_ref> messages_;  ///< all, in order of the reply
  std::vector<refusal> refusals_;            ///< split messages that the policy refused while others were taken
  std::vector<bool> failed_;                 ///< insertion failed, by index
};

}  // namespace godwit::receive
