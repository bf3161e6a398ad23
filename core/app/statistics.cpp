#include "app/statistics.hpp"

namespace godwit::app {

namespace {

constexpr auto window = std::chrono::seconds(60);

double rate(std::uint64_t from, std::uint64_t to, std::chrono::steady_clock::duration over) {
  const auto seconds = std::chrono::duration<double>(over).count();
  return seconds > 0 ? static_cast<double>(to - from) / seconds : 0;
}

}  // namespace

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

statistics::sample statistics::now() const {
  return {std::chrono::steady_clock::now(), delivered_.load(std::memory_order_relaxed), received_.load(std::memory_order_relaxed)};
}

void statistics::tick() {
  const std::lock_guard lock(guard_);
  samples_.push_back(now());
  while (samples_.back().at - samples_.front().at > window) samples_.pop_front();
}

void statistics::reset() {
  const std::lock_guard lock(guard_);
  base_ = now();
  failed_base_ = failed_.load(std::memory_order_relaxed);
  rejected_base_ = rejected_.load(std::memory_order_relaxed);
  reset_at_ = std::chrono::system_clock::now();
  samples_.assign(1, base_);
}

statistics::figures statistics::read() const {
  const std::lock_guard lock(guard_);
  const auto current = now();
  const auto& oldest = samples_.front();
  figures f;
  f.delivered = current.delivered - base_.delivered;
  f.received = current.received - base_.received;
  f.failed = failed_.load(std::memory_order_relaxed) - failed_base_;
  f.rejected = rejected_.load(std::memory_order_relaxed) - rejected_base_;
  f.delivery_rate = rate(oldest.delivered, current.delivered, current.at - oldest.at);
  f.reception_rate = rate(oldest.received, current.received, current.at - oldest.at);
  f.reset_at = reset_at_;
  f.uptime = std::chrono::duration_cast<std::chrono::seconds>(current.at - started_);
  return f;
}

}  // namespace godwit::app
