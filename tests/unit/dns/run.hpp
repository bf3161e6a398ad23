#pragma once
// Runs coroutines of the resolver to their end on a loop of the test's own thread.

#include <asio/co_spawn.hpp>

#include "rt/loop.hpp"

namespace godwit::dns::test {

template <class T>
rt::task<> keep(rt::task<T> work, std::optional<T>& to) {
  to = co_await std::move(work);
}

template <class T>
T run(rt::loop& on, rt::task<T> work) {
  std::optional<T> got;
  std::exception_ptr thrown;
  on.io().restart();
  asio::co_spawn(on.io(), keep(std::move(work), got), [&](std::exception_ptr e) {
    thrown = e;
    on.stop();
  });
  on.run();
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*got);
}

}  // namespace godwit::dns::test
