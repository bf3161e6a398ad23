#pragma once
// How many connections a ready queue should have (KumoMTA: ready queues). Pure.

#include <cstddef>
#include <cstdint>

namespace godwit::queue {

/// limit * min(1 - exp(-0.023 * waiting), waiting), rounded up, never more than `waiting`. `aggressive`: as many as
/// the limit and the queue allow.
std::size_t connection_goal(std::uint64_t limit, std::size_t waiting, bool aggressive = false);

}  // namespace godwit::queue
