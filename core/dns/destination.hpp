#pragma once
// What a routing domain asks for: a name whose MX are wanted, or an address; either with a port. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cidr.hpp"
#include "base/result.hpp"

namespace godwit::dns {

struct destination {
  std::string name;                   ///< ASCII, lower case, no trailing dot; empty for a literal
  std::optional<ip_address> literal;  ///< [192.0.2.1], [IPv6:2001:db8::1]
  std::optional<std::uint16_t> port;  ///< of "domain:2025"

  /// The site's text for `host` of this destination: the port joins the leftmost label (KumoMTA: queue names).
  std::string with_port(std::string_view host) const;
};

result<destination> parse_destination(std::string_view domain);

/// A-labels of an internationalised name, lower case, no trailing dot.
result<std::string> ascii_name(std::string_view name);

}  // namespace godwit::dns
