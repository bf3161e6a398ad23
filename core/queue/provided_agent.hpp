#pragma once
// Delivery by whoever provides the protocol at that moment: a ready queue outlives the module that is unloaded and loaded
// again. Without a provider messages stay queued.

#include "queue/delivery_agent.hpp"

namespace godwit::queue {

class provided_agent final : public delivery_agent {
 public:
  explicit provided_agent(std::string protocol) : protocol_(std::move(protocol)) {}

  rt::task<result<site>> resolve(const std::string& routing_domain, const protocol_config& protocol) override;
  rt::task<> run_session(std::shared_ptr<work_source> work) override;

 private:
  const std::string protocol_;
};

}  // namespace godwit::queue
