#pragma once
// CPU usage of process and machine as gauges (KumoMTA: metrics).

#include <chrono>
#include <cstdint>
#include <memory>

#include "metrics/registry.hpp"

namespace godwit::app {

/// Used on one thread. Percent of the time since the last sample; the first one shows 0.
class processor_usage {
 public:
  processor_usage();
  void sample();

 private:
  struct reading {
    std::chrono::steady_clock::time_point at;
    double process = 0, machine = 0;  ///< seconds of CPU used so far
  };
  static reading read();

  reading last_;
  std::shared_ptr<metrics::gauge> process_sum_, process_normalized_, machine_sum_, machine_normalized_;
};

}  // namespace godwit::app
