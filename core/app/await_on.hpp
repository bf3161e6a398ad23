#pragma once
// The main thread waits for a coroutine that runs on a loop.

#include <future>

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

#include "rt/loop.hpp"

namespace godwit::app {

/// Blocks; never call it on a loop. Rethrows what the coroutine threw.
template <class F>
auto await_on(rt::loop& where, F body) {
  return asio::co_spawn(where.io(), std::move(body), asio::use_future).get();
}

}  // namespace godwit::app
