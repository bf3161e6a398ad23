#include "queue/wheel_metrics.hpp"

namespace godwit::queue {

namespace {

steady_time now() { return std::chrono::steady_clock::now(); }

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

wheel_metrics::wheel_metrics()
    : latency_(metrics::get_histogram("timeq_pop_latency", {})),
      interval_(metrics::get_histogram("timeq_pop_interval", {})),
      tardiness_(metrics::get_histogram("timeq_pop_tardiness", {})),
      reinsertion_(metrics::get_histogram("timeq_reinsert_tardiness", {})) {}

void wheel_metrics::popped(steady_time began, steady_time due) {
  const auto ended = now();
  latency_->observe(seconds(ended - began));
  tardiness_->observe(seconds(ended - due));
  if (last_) interval_->observe(seconds(ended - *last_));
  last_ = ended;
  due_ = due;
}

void wheel_metrics::reinserted() { reinsertion_->observe(seconds(now() - due_)); }

}  // namespace godwit::queue
