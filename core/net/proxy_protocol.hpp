#pragma once
// PROXY protocol v1 and v2 (the HAProxy specification): how a balancer tells whose connection it forwards.
// Pure.

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "base/cidr.hpp"

namespace godwit::net {

struct proxy_header {
  enum class verdict {
    complete,    ///< `consumed` bytes are the header
    incomplete,  ///< more bytes are needed
    invalid,     ///< not a header, or one that breaks the specification
  };
  verdict status = verdict::incomplete;
  std::size_t consumed = 0;
  /// False for LOCAL (v2), UNKNOWN (v1) and families other than TCP/UDP over IP: the connection's own
  /// addresses stand.
  bool has_addresses = false;
  ip_endpoint source, destination;
};

/// Longest header that is waited for.
inline constexpr std::size_t max_proxy_header = 536;

proxy_header parse_proxy_header(std::span<const char> input);
/// Version 2, PROXY command, TCP.
std::string write_proxy_header(const ip_endpoint& source, const ip_endpoint& destination);

}  // namespace godwit::net
