#pragma once
// Sites whose TLS failed lately: remember_broken_tls. Shared by all sessions of the daemon; thread-safe.

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace godwit::deliver {

class broken_tls_cache {
 public:
  using clock = std::chrono::steady_clock;

  explicit broken_tls_cache(std::size_t capacity = 65536) : capacity_(capacity) {}

  void remember(const std::string& site, std::chrono::nanoseconds how_long, clock::time_point now = clock::now());
  bool contains(const std::string& site, clock::time_point now = clock::now());
  std::size_t size() const;

 private:
  void make_room(clock::time_point now);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, clock::time_point> until_;
};

}  // namespace godwit::deliver
