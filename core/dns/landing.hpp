#pragma once
// Where an outcome that another thread produces meets the coroutine that waits for it.

#include "base/result.hpp"
#include "rt/loop.hpp"

#include <asio/post.hpp>

#include <memory>
#include <optional>

namespace godwit::dns {

/// Made by the waiting coroutine on its loop and used there only; arrive() is what others call, through the function
/// that landing_waiter() makes.
template <class V>
struct landing {
  std::optional<result<V>> value;
  rt::timer* alarm = nullptr;  ///< of the coroutine while it waits

  void arrive(const result<V>& v) {
    value = v;
    if (alarm) alarm->cancel();
  }
};

/// Callable on any thread: brings the outcome to `on`.
template <class V>
auto landing_waiter(std::shared_ptr<landing<V>> to, rt::executor on) {
  return [to = std::move(to), on](const result<V>& v) { asio::post(on, [to, v] { to->arrive(v); }); };
}

/// The outcome, or nothing after `limit`. Cancelling the coroutine throws operation_aborted.
template <class V>
rt::task<std::optional<result<V>>> landed(std::shared_ptr<landing<V>> from, std::chrono::nanoseconds limit) {
  if (!from->value) {
    rt::timer alarm(co_await asio::this_coro::executor);
    alarm.expires_after(limit);
    from->alarm = &alarm;
    const auto [failed] = co_await alarm.async_wait(rt::use_result);
    from->alarm = nullptr;
    if (!from->value && failed) throw asio::system_error(failed);
  }
  co_return std::move(from->value);
}

}  // namespace godwit::dns
