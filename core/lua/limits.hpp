#pragma once
// What one script may use before it counts as run away, and how long VMs are kept.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/duration.hpp"

namespace godwit::lua {

struct limits {
  std::size_t memory = std::size_t{512} << 20;   ///< bytes of one VM
  std::uint64_t instructions = 500'000'000;      ///< of one event
  duration run_time = std::chrono::seconds(10);  ///< of one event, waiting not counted
};

/// Of KumoMTA's pool of VMs.
struct pool_limits {
  std::size_t max_spare = 8192;  ///< idle VMs of all loops
  std::size_t max_uses = 1024;
  duration max_age = std::chrono::seconds(300);
};

}  // namespace godwit::lua
