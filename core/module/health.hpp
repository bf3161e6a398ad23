#pragma once
// What modules report as unhealthy (a full log disk): while anything is, the server refuses mail and says
// why.

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::module {

class health {
 public:
  void set(std::string_view owner, std::string_view what, bool healthy, std::string_view reason) {
    const std::lock_guard lock(mutex_);
    if (healthy)
      reasons_.erase({std::string(owner), std::string(what)});
    else
      reasons_[{std::string(owner), std::string(what)}] = reason;
    is_healthy_.store(reasons_.empty(), std::memory_order_relaxed);
  }
  void remove_owner(std::string_view owner) {
    const std::lock_guard lock(mutex_);
    std::erase_if(reasons_, [&](const auto& r) { return r.first.first == owner; });
    is_healthy_.store(reasons_.empty(), std::memory_order_relaxed);
  }
  /// One reason, nullopt when all is well: then it costs one load.
  std::optional<std::string> refusal() const {
    if (is_healthy_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (reasons_.empty()) return std::nullopt;
    return reasons_.begin()->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::string> reasons_;
  std::atomic<bool> is_healthy_{true};
};

}  // namespace godwit::module
