#pragma once
// A thread that runs no loop waits for a coroutine that runs on one.

#include <future>
#include <type_traits>

#include "rt/loop.hpp"

namespace godwit::rt {

/// Blocks; never call it on a loop. Rethrows what the coroutine threw. Not asio::use_future: that makes a pool of threads
/// which nothing here has a use for.
template <class F>
auto await_on(loop& where, F body) {
  using outcome = typename std::invoke_result_t<F>::value_type;
  const auto done = std::make_shared<std::promise<outcome>>();  // shared: the loop may not be through with it when the wait ends
  auto ended = done->get_future();
  asio::co_spawn(where.io(), std::move(body), [done](const std::exception_ptr& failed, auto&&... value) {
    if (failed) {
      done->set_exception(failed);
    } else {
      done->set_value(std::forward<decltype(value)>(value)...);
    }
  });
  return ended.get();
}

}  // namespace godwit::rt
