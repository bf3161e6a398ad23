#pragma once
// What operators are shown of an inbound session.

#include <chrono>
#include <cstdint>
#include <string>

#include "base/cidr.hpp"

namespace godwit::smtp {

/// A session as operators see it.
struct session_view {
  std::uint64_t number = 0;  ///< counts sessions since the start
  ip_endpoint peer;
  std::string state;  ///< "RCPT", "waiting after RCPT", "connected"
  std::chrono::nanoseconds age{};
  bool is_tls = false;
};

}  // namespace godwit::smtp
