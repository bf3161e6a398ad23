#pragma once
// Opens TCP connections.

#include <chrono>
#include <memory>
#include <optional>

#include "base/cidr.hpp"
#include "net/stream.hpp"

namespace godwit::net {

struct connect_options {
  ip_endpoint to;
  std::optional<ip_address> source;  ///< bind to it first
  std::chrono::nanoseconds timeout = std::chrono::seconds(60);
};

enum class connect_failure {
  none,
  source_unavailable,  ///< EADDRNOTAVAIL and the like on bind: this host does not own the address
                       ///< (bind_failures)
  no_ports,            ///< source address is out of ports: local, temporary
  refused,
  timed_out,
  unreachable,
  other,
};

struct connect_result {
  std::unique_ptr<stream> connection;  ///< null on failure
  connect_failure failure = connect_failure::none;
  std::string why;  ///< "connect to 192.0.2.1:25 from 192.0.2.9: timed out"
};

/// On the calling coroutine's loop.
rt::task<connect_result> connect(connect_options o);

}  // namespace godwit::net
