#pragma once
// The outgoing connections that are open, for operators. Thread-safe.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"

namespace godwit::deliver {

enum class connection_state : std::uint8_t { connecting, idle, delivering };
std::string_view state_name(connection_state s);

struct connection_view {
  std::uint64_t number = 0;  ///< counts connections since the start
  std::string source;        ///< egress source
  std::string ready_queue;   ///< SOURCE->SITE@PROTO
  std::string host;
  ip_endpoint to;
  connection_state state = connection_state::connecting;
  std::chrono::nanoseconds age{};
  std::chrono::nanoseconds connect_time{};   ///< until it was ready for messages; 0: it is not yet
  std::uint64_t deliveries = 0;              ///< messages tried
  std::chrono::nanoseconds delivery_time{};  ///< of those together
};

/// Oldest first.
std::vector<connection_view> list_connections();

/// In the list while it lives. What happens to the connection is told by the session it belongs to, without a lock.
class listed_connection {
 public:
  listed_connection(std::string source, std::string ready_queue, std::string host, const ip_endpoint& to);
  ~listed_connection();
  listed_connection(const listed_connection&) = delete;
  std::uint64_t number() const;

  void note_ready();
  void begin_batch();
  void end_batch(std::size_t messages, std::chrono::nanoseconds took);

  struct entry;

 private:
  entry& entry_;
};

}  // namespace godwit::deliver
