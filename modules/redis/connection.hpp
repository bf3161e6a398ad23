#pragma once
// One connection to a server: logged in, ready for commands.

#include <span>
#include <string>

#include "command.hpp"
#include "reply.hpp"
#include "stream.hpp"

namespace redis {

struct time_limits {
  std::chrono::nanoseconds connect{std::chrono::seconds(30)};
  std::chrono::nanoseconds wait{std::chrono::seconds(30)};
  std::chrono::nanoseconds response{std::chrono::seconds(30)};
  std::chrono::nanoseconds recycle{std::chrono::seconds(5)};
};

/// Used by one thread at a time. After a failure it is of no more use: what comes next would be an earlier
/// command's reply.
class connection {
 public:
  /// Connects, authenticates, selects the database, and for a replica asks to read from it. Throws failure.
  connection(const server& to, const tls_settings* tls, bool reads_replica, const reply_limits& replies,
             const wait_limit& limit);

  void send(std::string_view encoded, const wait_limit& limit) { stream_.write(encoded, limit); }
  reply receive(const wait_limit& limit);
  reply ask(const command& c, const wait_limit& limit);

  /// Whether it can be used again, as far as can be seen without asking the server.
  bool is_usable() { return parser_.is_empty() && stream_.is_quiet(); }
  clock::time_point last_used() const { return last_used_; }
  void mark_used() { last_used_ = clock::now(); }

 private:
  void log_in(const server& to, bool reads_replica, const wait_limit& limit);
  void demand(command c, const wait_limit& limit);

  stream stream_;
  reply_parser parser_;
  clock::time_point last_used_ = clock::now();
};

}  // namespace redis
