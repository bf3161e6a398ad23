#pragma once
// Waiting for what a loop brings about, without guessing how long it takes.

#include <chrono>

#include "rt/loop.hpp"

namespace godwit::testing {

/// Runs `loop` until `holds()`, for ten seconds at most, then what is ready. False when the time ran out.
template <class Condition>
bool run_until(rt::loop& loop, Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  loop.io().restart();
  while (!holds() && loop.io().run_one_until(deadline) > 0) {
  }
  loop.io().restart();
  loop.io().poll();
  return holds();
}

}  // namespace godwit::testing
