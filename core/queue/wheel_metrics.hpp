#pragma once
// What the timer wheel of one loop does, in KumoMTA's timeq_* histograms. Observed once for all that comes
// out of the wheel together, not for each message. Belongs to the loop.

#include <chrono>
#include <memory>
#include <optional>

#include "metrics/registry.hpp"
#include "queue/source_health.hpp"

namespace godwit::queue {

class wheel_metrics {
 public:
  wheel_metrics();
  /// Something came out: the look at the wheel began at `began`, and the first of it had been due at `due`.
  void popped(steady_time began, steady_time due);
  /// All of it is on its way to ready queues.
  void reinserted();

 private:
  std::shared_ptr<metrics::histogram> latency_, interval_, tardiness_, reinsertion_;
  std::optional<steady_time> last_;  ///< when something came out before
  steady_time due_{};
};

}  // namespace godwit::queue
