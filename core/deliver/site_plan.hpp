#pragma once
// Where mail for a domain goes, before addresses are looked up: hosts in the order in which they are to be tried.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cidr.hpp"
#include "dns/resolver.hpp"
#include "queue/delivery_agent.hpp"

namespace godwit::deliver {

struct plan_host {
  std::string name;                   ///< for records, certificates and, without `address`, for look-up
  std::optional<ip_address> address;  ///< literals and {name=, addr=}
  std::optional<std::uint16_t> port;  ///< of the mx_list entry or the routing domain
};

/// Immutable; hangs in queue::site::plan.
struct site_plan {
  std::string domain;                          ///< whose MX were looked up; empty for mx_list and literals
  std::vector<std::vector<plan_host>> levels;  ///< by preference; hosts of one level are equal
  bool is_null_mx = false;                     ///< RFC 7505
};

/// The site of mx_list: `mx_list:` and the labels joined by commas.
queue::site site_of_list(const std::vector<queue::protocol_config::mx_host>& hosts);

/// The site of a domain's mail exchangers; "domain:port" and address literals included.
rt::task<result<queue::site>> site_of_domain(dns::resolver& names, std::string domain);

}  // namespace godwit::deliver
