#pragma once
// A coroutine that waits on its loop for something that another loop may do.

#include <memory>

#include "rt/event.hpp"
#include "rt/loop.hpp"

namespace godwit::queue {

struct waiter {
  explicit waiter(rt::loop& owner) : home(owner), event(owner) {}

  rt::loop& home;
  rt::event event;
  bool is_listed = false;  ///< guarded by the lock of the list it waits in
};

/// Thread-safe: notifies here when this is the waiter's loop, else posts.
inline void wake(const std::shared_ptr<waiter>& w) {
  if (w->home.is_current()) return w->event.notify();
  w->home.post([w] { w->event.notify(); });
}

}  // namespace godwit::queue
