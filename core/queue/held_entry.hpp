#pragma once
// An entry in the hands of a coroutine. A coroutine may end at any await (cancellation, exception): what it still
// holds then goes back to wait, so that no message is ever lost with a frame.

#include "queue/queue_entry.hpp"

namespace godwit::queue {

struct engine;
struct requeue_order;

class held_entry {
 public:
  held_entry(engine& owner, entry_ptr e) : owner_(&owner), entry_(std::move(e)) {}
  held_entry(held_entry&&) noexcept = default;
  held_entry& operator=(held_entry&&) = delete;
  ~held_entry();  ///< requeues as otherwise() said, or shelves, what is still there (engine.cpp)

  queue_entry* operator->() const { return entry_.get(); }
  queue_entry& operator*() const { return *entry_; }
  explicit operator bool() const { return entry_ != nullptr; }
  /// What is due to it if the coroutine ends before it comes to that itself; null: nothing.
  void otherwise(std::shared_ptr<const requeue_order> order) { otherwise_ = std::move(order); }
  /// For who takes it only on success.
  entry_ptr& slot() { return entry_; }
  entry_ptr pass() { return std::move(entry_); }

 private:
  engine* owner_;
  entry_ptr entry_;
  std::shared_ptr<const requeue_order> otherwise_;
};

}  // namespace godwit::queue
