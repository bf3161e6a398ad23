#pragma once
// Timers of a module. Each lives on the loop that started it; the set knows them all, so that they end with
// the module.

#include <map>
#include <memory>
#include <mutex>

#include <godwit/abi.h>

#include "rt/loop.hpp"

namespace godwit::module {
class timer_set;
}

/// One timer. The handle is its address, valid until timer_cancel, also after a one-shot timer has fired and
/// after drain ended it: a module gives back what it started whenever it likes.
struct godwit_timer : std::enable_shared_from_this<godwit_timer> {
  godwit_timer(godwit::rt::loop& where, godwit::module::timer_set& owner)
      : loop(where), timer(where.get_executor()), set(owner) {}

  godwit::rt::loop& loop;
  godwit::rt::timer timer;
  godwit::module::timer_set& set;  ///< outlives the module's use of the handle
  std::chrono::nanoseconds interval{};
  godwit_callback callback = nullptr;
  void* context = nullptr;
  bool is_cancelled = false;  ///< on its loop
};

namespace godwit::module {

class timer_set : public std::enable_shared_from_this<timer_set> {
 public:
  godwit_timer* start(rt::loop& where, std::chrono::nanoseconds delay, std::chrono::nanoseconds interval,
                      godwit_callback callback, void* context);
  /// Ends and frees it. On the timer's loop: the callback does not run any more when this returns.
  void cancel(godwit_timer* timer);
  /// Ends all without freeing them; any thread. The loops hear of it in their next turn.
  void end_all();

 private:
  void arm(std::shared_ptr<godwit_timer> t);
  void fire(const std::shared_ptr<godwit_timer>& t);
  static void end(const std::shared_ptr<godwit_timer>& t);

  std::mutex mutex_;
  std::map<godwit_timer*, std::shared_ptr<godwit_timer>> all_;
};

}  // namespace godwit::module
