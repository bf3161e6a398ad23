#pragma once
// Runs a coroutine on a loop of its own until it ends.

#include <exception>
#include <functional>

#include <asio/co_spawn.hpp>

#include "rt/loop.hpp"

namespace godwit::deliver::testing {

inline void run_to_end(rt::loop& loop, const std::function<rt::task<>()>& body) {
  std::exception_ptr failed;
  asio::co_spawn(loop.io(), [&] { return body(); }, [&](std::exception_ptr e) {
    failed = e;
    loop.stop();
  });
  loop.run();
  if (failed) std::rethrow_exception(failed);
}

inline void run_on_loop(const std::function<rt::task<>()>& body) {
  rt::loop loop(0);
  run_to_end(loop, body);
}

}  // namespace godwit::deliver::testing
