#pragma once
// Series of one ready queue and of its protocol as a whole (KumoMTA: metrics).

#include <cstdint>
#include <string>

#include "mail/log_record.hpp"
#include "queue/series.hpp"

namespace godwit::queue {

class ready_metrics {
 public:
  /// `protocol` of the site: its part before a colon is the service of the roll-up series.
  ready_metrics(const std::string& ready_queue, const std::string& protocol);

  void add_ready(std::int64_t n);
  void add_connections(std::int64_t n);
  void count_full();
  void count_abort();
  void count(mail::record_type outcome);
  void observe_delivery(double seconds) { latency_->observe(seconds); }

 private:
  /// One set for smtp_client:READYQ, one for smtp_client.
  struct service_series {
    explicit service_series(const std::string& service);
    gauge_series ready, connections;
    counter_series full, made, delivered, transfail, fail, aborted;
  };
  service_series own_, all_;
  std::shared_ptr<metrics::histogram> latency_;
};

}  // namespace godwit::queue
