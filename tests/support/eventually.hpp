#pragma once
// Waiting for what other threads bring about.

#include <chrono>
#include <thread>

namespace godwit::testing {

/// Looks until `holds()`, for a minute at most. False when the time ran out.
template <class Condition>
bool eventually(Condition holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace godwit::testing
