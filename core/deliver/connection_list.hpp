#pragma once
// The outgoing connections that are open, for operators. Thread-safe.

#include <cstdint>
#include <string>
#include <vector>

#include "base/cidr.hpp"

namespace godwit::deliver {

struct connection_view {
  std::uint64_t number = 0;  ///< counts connections since the start
  std::string ready_queue;   ///< SOURCE->SITE@PROTO
  std::string host;
  ip_endpoint to;
};

/// Oldest first.
std::vector<connection_view> list_connections();

/// In the list while it lives.
class listed_connection {
 public:
  listed_connection(std::string ready_queue, std::string host, const ip_endpoint& to);
  ~listed_connection();
  listed_connection(const listed_connection&) = delete;
  std::uint64_t number() const { return number_; }

 private:
  std::uint64_t number_;
};

}  // namespace godwit::deliver
