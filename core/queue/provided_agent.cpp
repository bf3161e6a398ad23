#include "queue/provided_agent.hpp"

#include "queue/protocol_registry.hpp"
#include "queue/requeuer.hpp"

namespace godwit::queue {

namespace {

std::shared_ptr<delivery_agent> agent_of(const std::string& protocol) {
  const auto kind = find_protocol(protocol);
  return kind ? kind->agent : nullptr;
}

}  // namespace

rt::task<result<site>> provided_agent::resolve(const std::string& routing_domain, const protocol_config& protocol) {
  const auto agent = agent_of(protocol_);
  if (!agent) co_return error{why_no_agent(protocol_)};
  co_return co_await agent->resolve(routing_domain, protocol);
}

rt::task<> provided_agent::run_session(std::shared_ptr<work_source> work) {
  const auto agent = agent_of(protocol_);
  if (agent) co_return co_await agent->run_session(std::move(work));
  auto why = internal_response(why_no_agent(protocol_));
  co_await work->settle_all(mail::record_type::transient_failure, std::move(why), insert_context::logged_transient_failure);
}

}  // namespace godwit::queue
