#pragma once
// A value that many threads read and few replace as a whole. Readers never block each other; what they got
// stays valid while they hold it.

#include <atomic>
#include <memory>
#include <mutex>

namespace godwit {

#if defined(__SANITIZE_THREAD__)
// libstdc++ 12 releases the bit lock inside atomic<shared_ptr> in a way the thread sanitizer cannot follow.
template <class T>
class snapshot {
 public:
  std::shared_ptr<const T> load() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void store(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> current_;
};
#else
template <class T>
class snapshot {
 public:
  std::shared_ptr<const T> load() const { return current_.load(std::memory_order_acquire); }
  void store(std::shared_ptr<const T> next) { current_.store(std::move(next), std::memory_order_release); }

 private:
  std::atomic<std::shared_ptr<const T> > current_;
};
#endif

}  // namespace godwit
