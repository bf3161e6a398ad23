#include "deliver/smtp_agent.hpp"

#include "deliver/site_plan.hpp"
#include "deliver/smtp_session.hpp"

namespace godwit::deliver {

smtp_agent::smtp_agent(smtp_agent_parts parts) : state_(std::make_shared<smtp_agent_state>(std::move(parts))) {}

rt::task<result<queue::site>> smtp_agent::resolve(const std::string& routing_domain,
                                                  const queue::protocol_config& protocol) {
  if (protocol.smtp && !protocol.smtp->mx_list.empty()) co_return site_of_list(protocol.smtp->mx_list);
  co_return co_await site_of_domain(state_->parts.names, routing_domain);
}

rt::task<> smtp_agent::run_session(std::shared_ptr<queue::work_source> work) {
  smtp_session session(state_, std::move(work));
  co_await session.run();
}

}  // namespace godwit::deliver
