#include "queue/scheduled_queue.hpp"

namespace godwit::queue {

namespace {

steady_time::rep ticks_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

}  // namespace

scheduled_queue::scheduled_queue(std::string name)
    : name_(std::move(name)), parts_(mail::queue_name::parse(name_)), metrics_(name_, parts_), last_used_(ticks_now()) {}

void scheduled_queue::release() {
  // Before the count, so that a reaper that sees no users also sees when the last one left.
  if (users_.load(std::memory_order_relaxed) == 1) last_used_.store(ticks_now(), std::memory_order_relaxed);
  users_.fetch_sub(1, std::memory_order_acq_rel);
}

config_ref scheduled_queue::config() const {
  const std::lock_guard lock(guard_);
  return config_;
}

bool scheduled_queue::is_config_fresh(steady_time now, std::uint64_t epoch) const {
  const std::lock_guard lock(guard_);
  if (!config_) return false;
  return config_->refresh_strategy == refresh_strategy::epoch ? epoch == config_epoch_ : now < config_until_;
}

void scheduled_queue::set_config(config_ref config, steady_time until, std::uint64_t epoch) {
  metrics_.queued().assign(config->provider_name, config->egress_pool);
  const std::lock_guard lock(guard_);
  config_ = std::move(config);
  config_until_ = until;
  config_epoch_ = epoch;
}

void scheduled_queue::keep_config(steady_time until) {
  const std::lock_guard lock(guard_);
  config_until_ = until;
}

steady_time scheduled_queue::config_until() const {
  const std::lock_guard lock(guard_);
  return config_until_;
}

bool scheduled_queue::await_config(const std::shared_ptr<waiter>& w) {
  const std::lock_guard lock(guard_);
  if (config_) {  // it came meanwhile
    w->event.notify();
    return false;
  }
  config_waiters_.push_back(w);
  return !std::exchange(refreshing_, true);
}

std::vector<std::shared_ptr<waiter>> scheduled_queue::take_config_waiters(std::string why) {
  const std::lock_guard lock(guard_);
  config_error_ = std::move(why);
  return std::exchange(config_waiters_, {});
}

std::string scheduled_queue::config_error() const {
  const std::lock_guard lock(guard_);
  return config_error_;
}

route_ref scheduled_queue::fresh_route(steady_time now, std::uint64_t epoch) const {
  const std::lock_guard lock(guard_);
  return route_ && route_->is_fresh(now, epoch) ? route_ : nullptr;
}

bool scheduled_queue::park(entry_ptr e) {
  const std::lock_guard lock(guard_);
  parked_.push_back(std::move(e));
  return !std::exchange(refreshing_, true);
}

entry_list scheduled_queue::finish_refresh(route_ref via) {
  const std::lock_guard lock(guard_);
  route_ = std::move(via);
  if (route_) robin_.assign(route_->weights);
  refreshing_ = false;
  return std::move(parked_);
}

void scheduled_queue::drop_route() {
  const std::lock_guard lock(guard_);
  route_ = nullptr;
}

entry_list scheduled_queue::take_parked() {
  const std::lock_guard lock(guard_);
  return std::move(parked_);
}

void scheduled_queue::look_parked(const timer_wheel::visitor& wanted, entry_list& taken) {
  const std::lock_guard lock(guard_);
  parked_.extract(wanted, taken, parked_.first(), SIZE_MAX);
}

route_ref scheduled_queue::last_route() const {
  const std::lock_guard lock(guard_);
  return route_;
}

std::optional<std::size_t> scheduled_queue::pick(const route& via, const std::vector<bool>& excluded) {
  if (via.candidates.size() == 1) {
    if (!excluded.empty() && excluded[0]) return std::nullopt;
    return 0;
  }
  const std::lock_guard lock(guard_);
  robin_.assign(via.weights);
  return robin_.next(excluded);
}

bool scheduled_queue::is_idle_since(steady_time t) const {
  const std::lock_guard lock(guard_);
  return users() == 0 && !refreshing_ && last_used_.load(std::memory_order_relaxed) <= t.time_since_epoch().count();
}

duration scheduled_queue::reap_interval() const {
  const auto c = config();
  return c ? c->reap_interval : std::chrono::minutes(10);
}

}  // namespace godwit::queue
