#pragma once
// Answers by name, valid for a time and for one epoch of the policy. Thread-safe.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace godwit {

template <class T>
class ttl_cache {
 public:
  using steady_time = std::chrono::steady_clock::time_point;
  struct answer {
    T value;
    steady_time until{};
    std::uint64_t epoch = 0;
  };

  explicit ttl_cache(std::size_t capacity) : capacity_(capacity) {}

  std::optional<answer> find(const std::string& name, steady_time now, std::uint64_t epoch) const {
    const std::lock_guard lock(guard_);
    const auto at = answers_.find(name);
    if (at == answers_.end() || at->second.until <= now || at->second.epoch != epoch) return std::nullopt;
    return at->second;
  }

  answer put(const std::string& name, answer a) {
    const std::lock_guard lock(guard_);
    if (answers_.size() >= capacity_ && !answers_.contains(name)) answers_.clear();  // they are cheap to ask again
    return answers_[name] = std::move(a);
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex guard_;
  std::unordered_map<std::string, answer> answers_;
};

}  // namespace godwit
