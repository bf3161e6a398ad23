#pragma once
// Throttles of this process by key. Thread-safe: shards with a short lock each.

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "queue/throttle.hpp"

namespace godwit::queue {

class throttle_store {
 public:
  /// `key` as throttle_key() makes it; `now` of one monotonic clock for all calls.
  throttle_result take(std::string_view key, const config::throttle_spec& spec, duration now, std::uint64_t quantity = 1);
  /// Forgets keys whose backlog is worked off: they would start afresh anyway.
  void purge(duration now);
  std::size_t size() const;

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct shard {
    mutable std::mutex guard;
    std::unordered_map<std::string, throttle_state, hash, std::equal_to<>> states;
  };
  std::array<shard, 16> shards_;
};

/// The store that queues, listeners and scripts of this process share, and its clock.
throttle_store& local_throttles();
duration throttle_now();

/// A throttle whose key was made once.
struct bound_throttle {
  bound_throttle(std::string_view name, const config::throttle_spec& rate) : spec(rate), key(throttle_key(name, rate)) {}
  config::throttle_spec spec;
  std::string key;
};

}  // namespace godwit::queue
