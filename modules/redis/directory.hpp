#pragma once
// Every service that policies opened: the same parameters share their connections, whichever script opened
// them.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <godwit/options.hpp>

#include "service.hpp"

namespace redis {

/// Parameters of redis.open (reference: lua-api.tsv).
const godwit::sdk::option_table& open_options();

/// Options as redis.open got them. Throws failure when they contradict each other or a URL is none.
service_options read_options(godwit::sdk::value_view params, std::size_t max_reply_size);

/// Thread-safe.
class directory {
 public:
  explicit directory(std::size_t max_reply_size) : max_reply_size_(max_reply_size) {}

  std::shared_ptr<service> open(godwit::sdk::value_view params);
  /// Lets services time out what waits, and forgets those that no script holds any more.
  void sweep();

 private:
  std::size_t max_reply_size_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<service>> services_;  ///< under mutex_; by the parameters as JSON
};

}  // namespace redis
