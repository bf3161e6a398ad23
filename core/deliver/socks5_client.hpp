#pragma once
// The client's side of SOCKS5 (RFC 1928, RFC 1929) as an egress proxy wants it: a BIND request names the address to send
// from, then CONNECT follows on the same stream (KumoMTA: egress).

#include <optional>
#include <string>

#include "net/stream.hpp"

namespace godwit::deliver {

struct socks5_request {
  std::string user, password;  ///< used when both are set
  ip_address source;           ///< to bind
  ip_endpoint destination;
};

struct socks5_failure {
  std::string text;
  bool is_bind = false;  ///< the proxy does not own the source address
};

/// Runs under the stream's deadline; afterwards the stream talks to the destination. The request outlives the wait.
rt::task<std::optional<socks5_failure>> negotiate_socks5(net::stream& proxy, const socks5_request& request);

}  // namespace godwit::deliver
