#pragma once
// Ids stored since start: enumeration must not list them a second time. Forgotten when the enumeration is over.

#include <atomic>
#include <mutex>
#include <unordered_set>

#include "base/uuid.hpp"

namespace godwit::spool {

class arrivals {
 public:
  /// Called before the record can be seen by anybody.
  void note(const uuid& id) {
    if (is_over_.load(std::memory_order_relaxed)) return;
    const std::lock_guard lock(mutex_);
    ids_.insert(id);
  }
  bool contains(const uuid& id) const {
    const std::lock_guard lock(mutex_);
    return ids_.contains(id);
  }
  void finish() {
    const std::lock_guard lock(mutex_);
    is_over_.store(true, std::memory_order_relaxed);
    std::unordered_set<uuid>().swap(ids_);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_set<uuid> ids_;
  std::atomic<bool> is_over_{false};
};

}  // namespace godwit::spool
