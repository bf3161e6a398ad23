#include "app/statistics.hpp"

namespace godwit::app {

statistics::statistics() : started_(std::chrono::steady_clock::now()) { reset(); }

void statistics::submit(const mail::log_record& record, const mail::message_ref&) {
  switch (record.type) {
    case mail::record_type::delivery: delivered_.fetch_add(1, std::memory_order_relaxed); break;
    case mail::record_type::reception: received_.fetch_add(1, std::memory_order_relaxed); break;
    case mail::record_type::rejection: rejected_.fetch_add(1, std::memory_order_relaxed); break;
    case mail::record_type::bounce:
    case mail::record_type::expiration:
    case mail::record_type::admin_bounce: failed_.fetch_add(1, std::memory_order_relaxed); break;
    default: break;
  }
}

statistics::counts statistics::now() const {
  const auto read = [](const std::atomic<std::uint64_t>& n) { return n.load(std::memory_order_relaxed); };
  return {read(delivered_), read(failed_), read(rejected_), read(received_)};
}

void statistics::tick() {
  dns_.tick();
  const std::lock_guard lock(guard_);
  const auto at = std::chrono::steady_clock::now();
  const auto current = now();
  deliveries_.note(at, current.delivered);
  receptions_.note(at, current.received);
}

void statistics::reset() {
  dns_.reset();
  const std::lock_guard lock(guard_);
  const auto at = std::chrono::steady_clock::now();
  base_ = now();
  reset_at_ = std::chrono::system_clock::now();
  deliveries_.restart(at, base_.delivered);
  receptions_.restart(at, base_.received);
}

statistics::figures statistics::read() const {
  const std::lock_guard lock(guard_);
  const auto at = std::chrono::steady_clock::now();
  const auto current = now();
  figures f;
  f.delivered = current.delivered - base_.delivered;
  f.received = current.received - base_.received;
  f.failed = current.failed - base_.failed;
  f.rejected = current.rejected - base_.rejected;
  f.delivery_rate = deliveries_.rate(at, current.delivered);
  f.reception_rate = receptions_.rate(at, current.received);
  f.reset_at = reset_at_;
  f.uptime = std::chrono::duration_cast<std::chrono::seconds>(at - started_);
  return f;
}

}  // namespace godwit::app
