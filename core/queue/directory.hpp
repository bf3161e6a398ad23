#pragma once
// All queues by name. Scheduled queues are found on the hot path: shards, no allocation when found. Thread-safe.

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "queue/ready_queue.hpp"
#include "queue/scheduled_queue.hpp"

namespace godwit::queue {

struct name_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

class scheduled_directory {
 public:
  scheduled_directory();

  queue_hold find_or_create(std::string_view name);
  std::vector<scheduled_ref> all() const;
  /// all() in parts, for who wants to pause in between.
  static constexpr std::size_t shard_count = 64;
  std::vector<scheduled_ref> in_shard(std::size_t i) const;
  std::size_t size() const;
  /// Forgets idle queues, looking at no more than about `most` of them; the next call goes on where this one stopped.
  void reap(steady_time now, std::size_t most);

 private:
  struct shard {
    mutable std::mutex guard;
    std::unordered_map<std::string, scheduled_ref, name_hash, std::equal_to<>> queues;
  };
  std::array<shard, shard_count> shards_;
  std::size_t next_reaped_ = 0;
  std::shared_ptr<metrics::gauge> count_;
};

class ready_directory {
 public:
  ready_ref find(std::string_view name) const;
  /// Adds `made` unless the name is there by now; returns what is there.
  ready_ref add(ready_ref made);
  std::vector<ready_ref> all() const;
  void reap(steady_time now, duration idle);

 private:
  mutable std::mutex guard_;
  std::unordered_map<std::string, ready_ref, name_hash, std::equal_to<>> queues_;
};

}  // namespace godwit::queue
