#pragma once
// Where the messages of a scheduled queue may go now: an immutable snapshot of its configuration, pool and ready queues.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "queue/queue_config.hpp"
#include "queue/ready_queue.hpp"

namespace godwit::queue {

using config_ref = std::shared_ptr<const queue_config>;

struct route {
  config_ref config;
  std::string pool;
  std::vector<ready_ref> candidates;    ///< one for each member of the pool with a weight
  std::vector<std::uint32_t> weights;   ///< of the candidates
  steady_time until{};                  ///< under Ttl
  std::uint64_t epoch = 0;              ///< under Epoch
  bool has_selection_rates = false;

  bool is_fresh(steady_time now, std::uint64_t current_epoch) const {
    return config->refresh_strategy == refresh_strategy::epoch ? epoch == current_epoch : now < until;
  }
};

using route_ref = std::shared_ptr<const route>;

}  // namespace godwit::queue
