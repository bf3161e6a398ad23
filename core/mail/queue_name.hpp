#pragma once
// Names of scheduled queues: campaign:tenant@domain!routing_domain (KumoMTA: queue names).

#include <optional>
#include <string>
#include <string_view>

#include "mail/message.hpp"

namespace godwit::mail {

struct queue_name {
  std::optional<std::string> campaign;
  std::optional<std::string> tenant;
  std::string domain;
  std::optional<std::string> routing_domain;

  static queue_name parse(std::string_view text);
  std::string text() const;
  const std::string& effective_domain() const { return routing_domain ? *routing_domain : domain; }
};

/// Meta `queue` verbatim, else composed of campaign, tenant, first recipient's domain, routing_domain.
std::string queue_name_of(const message& m);

}  // namespace godwit::mail
