#include "queue/scheduled_metrics.hpp"

namespace godwit::queue {

scheduled_metrics::scheduled_metrics(const std::string& queue, const mail::queue_name& parts)
    : queue_(queue), total_(metrics::get_gauge("scheduled_count_total", "messages waiting in scheduled queues")) {
  gauges_.emplace_back("scheduled_count", "messages waiting in a scheduled queue", metrics::labels{{"queue", queue}});
  gauges_.emplace_back("scheduled_by_domain", "messages waiting by domain", metrics::labels{{"domain", parts.domain}});
  if (!parts.tenant) return;
  gauges_.emplace_back("scheduled_by_tenant", "messages waiting by tenant", metrics::labels{{"tenant", *parts.tenant}});
  if (!parts.campaign) return;
  gauges_.emplace_back("scheduled_by_tenant_campaign", "messages waiting by tenant and campaign",
                       metrics::labels{{"tenant", *parts.tenant}, {"campaign", *parts.campaign}});
}

void scheduled_metrics::add_scheduled(std::int64_t n) {
  total_->add(n);
  for (const auto& g : gauges_) g->add(n);
}

void scheduled_metrics::count(std::optional<counter_series>& which, const char* name, const char* help) {
  const std::lock_guard lock(guard_);
  if (!which) which.emplace(name, help, metrics::labels{{"queue", queue_}});
  (*which)->add();
}

void scheduled_metrics::count_rate_throttle() {
  count(rate_throttle_, "delayed_due_to_message_rate_throttle", "messages delayed by a message rate");
}

void scheduled_metrics::count_ready_full() {
  count(ready_full_, "delayed_due_to_ready_queue_full", "messages delayed because the ready queue was full");
}

void scheduled_metrics::count_insert_throttle() {
  count(insert_throttle_, "delayed_due_to_throttle_insert_ready", "messages delayed by throttle_insert_ready_queue");
}

}  // namespace godwit::queue
