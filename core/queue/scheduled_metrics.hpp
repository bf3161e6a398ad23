#pragma once
// Series of one scheduled queue (KumoMTA: metrics).

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mail/queue_name.hpp"
#include "queue/provider_metrics.hpp"
#include "queue/series.hpp"

namespace godwit::queue {

class scheduled_metrics {
 public:
  scheduled_metrics(const std::string& queue, const mail::queue_name& parts);

  void add_scheduled(std::int64_t n);
  /// Messages of the queue, wherever they are.
  queued_by_provider& queued() { return queued_; }
  void count_rate_throttle();
  void count_ready_full();
  void count_insert_throttle();

 private:
  /// Made when first counted: most queues never are.
  void count(std::optional<counter_series>& which, const char* name, const char* help);

  const std::string queue_;
  std::shared_ptr<metrics::gauge> total_;
  std::vector<gauge_series> gauges_;
  queued_by_provider queued_;
  std::mutex guard_;
  std::optional<counter_series> rate_throttle_, ready_full_, insert_throttle_;
};

}  // namespace godwit::queue
