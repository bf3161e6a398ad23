#pragma once
// Options of a path together with what is derived from them once: throttle keys and limits in the order they are asked.

#include <memory>
#include <string>
#include <vector>

#include "queue/connection_limit.hpp"
#include "queue/egress_path.hpp"
#include "queue/provider_metrics.hpp"
#include "queue/throttle_store.hpp"

namespace godwit::queue {

struct path_snapshot {
  path_snapshot(egress_path_config path, const std::string& ready_queue, const std::string& source, const std::string& pool);

  egress_path_config config;
  std::vector<bound_throttle> message_rates;    ///< smallest rate first
  std::vector<bound_throttle> selection_rates;  ///< smallest rate first
  std::vector<bound_throttle> connection_rates;
  std::vector<named_limit> shared_limits;       ///< additional_connection_limits
  std::unique_ptr<provider_metrics> provider;   ///< of provider_name; may be null
};

using path_ref = std::shared_ptr<const path_snapshot>;

/// Takes one from each until one refuses: its wait, else zero.
throttle_result take_all(throttle_store& store, const std::vector<bound_throttle>& rates, duration now);

}  // namespace godwit::queue
