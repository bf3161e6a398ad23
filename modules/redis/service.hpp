#pragma once
// What redis.open opens: servers, and the commands of scripts that wait for a connection to them.

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backend.hpp"

namespace redis {

struct service_options {
  std::vector<server> nodes;
  bool is_cluster = false;
  bool read_from_replicas = false;
  std::size_t pool_size = 10;
  time_limits times;
  reply_limits replies;
  std::string label;  ///< of the metric
};

/// Thread-safe. At most pool_size threads work for a service, each with one connection at a time; commands
/// beyond wait in line and hold no thread. When all are busy the next one that is free takes several commands
/// along.
class service : public std::enable_shared_from_this<service> {
 public:
  explicit service(service_options options);

  /// Answers the call, sooner or later. On the call's loop.
  void submit(godwit::sdk::deferred_call call, command c);
  /// Fails what waited longer than wait_timeout, closes what was idle for long. Called every now and then.
  void sweep();
  clock::time_point last_used() const;

 private:
  void start_worker();
  void work();
  std::vector<request> next_batch();
  std::vector<request> overdue(bool all);

  const service_options options_;
  std::shared_ptr<latencies> latencies_;
  connection_pool connections_;
  std::unique_ptr<backend> backend_;
  mutable std::mutex mutex_;
  std::deque<request> waiting_;                 ///< under mutex_
  std::size_t workers_ = 0;                     ///< under mutex_
  clock::time_point last_used_ = clock::now();  ///< under mutex_
};

}  // namespace redis
