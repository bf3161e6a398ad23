#pragma once
// Carries messages away over SMTP and LMTP: the delivery agent of protocol "smtp". One for the daemon; its sessions run
// on the loops that the queue chooses.

#include <memory>
#include <string>

#include "deliver/broken_tls_cache.hpp"
#include "deliver/egress_connection.hpp"
#include "dns/resolver.hpp"
#include "net/tls_context.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::deliver {

/// What the agent works with. The referenced objects outlive it.
struct smtp_agent_parts {
  dns::resolver& names;
  std::string host_name;                ///< EHLO name when neither path nor source sets one
  value trusted_ca = {};                ///< KeySource; null: the system's store
  connect_function connect = net::connect;
};

/// Shared by the sessions of an agent; thread-safe.
struct smtp_agent_state {
  explicit smtp_agent_state(smtp_agent_parts p)
      : parts(std::move(p)), tls(std::chrono::minutes(5)) {}

  const smtp_agent_parts parts;
  net::tls_context_cache tls;
  broken_tls_cache broken_tls;
};

class smtp_agent : public queue::delivery_agent {
 public:
  explicit smtp_agent(smtp_agent_parts parts);

  rt::task<result<queue::site>> resolve(const std::string& routing_domain,
                                        const queue::protocol_config& protocol) override;
  rt::task<> run_session(std::shared_ptr<queue::work_source> work) override;

 private:
  // Sessions keep it: they may end after the agent was replaced.
  std::shared_ptr<smtp_agent_state> state_;
};

}  // namespace godwit::deliver
