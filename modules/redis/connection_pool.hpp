#pragma once
// Connections of one service: the idle ones by node, and how new ones are made.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connection.hpp"

namespace redis {

struct node {
  server at;
  bool is_replica = false;

  std::string key() const { return at.name() + (is_replica ? " replica" : ""); }
};

/// No connection: nothing was sent.
struct unreachable : godwit::sdk::failure {
  using failure::failure;
};

/// Told how long each liveness check took, and whether it succeeded.
using ping_observer = std::function<void(std::chrono::nanoseconds, bool succeeded)>;

/// Thread-safe. How many connections are out is the service's business, how many stay idle is kept here.
class connection_pool {
 public:
  connection_pool(time_limits times, reply_limits replies, std::size_t max_idle, ping_observer pinged)
      : times_(times), replies_(replies), max_idle_(max_idle), pinged_(std::move(pinged)) {}

  /// An idle connection that still lives, else a new one. Blocks. Throws unreachable, which names the node.
  std::unique_ptr<connection> take(const node& to, const is_unwanted& unwanted);
  /// Only one whose last command has been answered.
  void give_back(const node& to, std::unique_ptr<connection> used);
  void close_idle_since(clock::time_point when);

 private:
  std::unique_ptr<connection> take_idle(const std::string& key);
  bool is_alive(connection& c, const is_unwanted& unwanted);
  const tls_settings* tls_for(const server& to);

  time_limits times_;
  reply_limits replies_;
  std::size_t max_idle_;
  ping_observer pinged_;
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<connection>>> idle_;  ///< under mutex_; the newest last
  std::unique_ptr<tls_settings> verified_, unverified_;                   ///< made once, under mutex_
};

}  // namespace redis
