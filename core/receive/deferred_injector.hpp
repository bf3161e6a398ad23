#pragma once
// The second half of a listener's deferred_queue: mail that was taken without asking the policy waits in
// deferred_smtp_inject.kumomta.internal until smtp_server_message_deferred_inject has seen it, then goes to the queue
// its metadata names. To the queue this is one more delivery agent.

#include <string>

#include "hook/table.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::receive {

/// One for the daemon; sessions run on any loop.
class deferred_injector final : public queue::delivery_agent {
 public:
  explicit deferred_injector(hook::event& inject) : inject_(inject) {}

  rt::task<result<queue::site>> resolve(const std::string& routing_domain, const queue::protocol_config& protocol) override;
  rt::task<> run_session(std::shared_ptr<queue::work_source> work) override;

 private:
  rt::task<> process(queue::work_source& work, mail::message_ref m);
  /// What keeps the message from its queue: the policy's refusal, or that its handler failed.
  rt::task<std::optional<mail::response>> ask_policy(mail::message_ref m);

  hook::event& inject_;
};

/// conn_meta as it was at reception, as far as the message's metadata tells (reference: lua-api,
/// smtp_server_message_deferred_inject).
hook::connection_ref connection_of(const mail::message& m);

}  // namespace godwit::receive
