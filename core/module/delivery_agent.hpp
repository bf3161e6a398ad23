#pragma once
// A module's delivery agent as the queue sees it.

#include "module/delivery_session.hpp"

namespace godwit::module {

class delivery_agent final : public queue::delivery_agent {
 public:
  explicit delivery_agent(std::shared_ptr<const agent_declaration> declaration)
      : declaration_(std::move(declaration)) {}

  rt::task<result<queue::site>> resolve(const std::string& routing_domain,
                                        const queue::protocol_config& protocol) override;
  rt::task<> run_session(std::shared_ptr<queue::work_source> work) override;

 private:
  const std::shared_ptr<const agent_declaration> declaration_;
};

/// One more of the instance's protocols. An error says what is wrong with the declaration.
result<void> declare_delivery_agent(const std::shared_ptr<godwit_instance>& owner, const godwit_delivery_agent& a);

}  // namespace godwit::module
