#pragma once
// One timer for all operations of a stream. Moving a deadline later costs a store: the timer that fires early
// looks at the current deadline and goes back to sleep.

#include <functional>
#include <memory>
#include <system_error>

#include "rt/loop.hpp"

namespace godwit::net {

/// Belongs to one loop. `on_expiry` runs there once per deadline that passes, never after destruction.
class deadline {
 public:
  deadline(rt::executor where, std::function<void()> on_expiry);
  ~deadline();
  deadline(const deadline&) = delete;

  void set(rt::steady_clock::time_point when);
  void clear();
  bool is_overdue() const;
  /// operation_aborted becomes timed_out when the deadline caused it.
  std::error_code explain(std::error_code ec) const;
  rt::executor get_executor() const;

 private:
  struct state;
  std::shared_ptr<state> state_;  // the timer's handler may outlive us
};

}  // namespace godwit::net
