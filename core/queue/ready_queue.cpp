#include "queue/ready_queue.hpp"

#include <algorithm>

#include "queue/connection_goal.hpp"

namespace godwit::queue {

namespace {

constexpr std::size_t connections_without_memory = 2;

}  // namespace

ready_queue::ready_queue(std::string name, egress_source_config source, queue::site site, std::string routing_domain,
                         std::string pool, std::shared_ptr<delivery_agent> agent, steady_time now)
    : name_(std::move(name)),
      source_name_(source.name),
      routing_domain_(std::move(routing_domain)),
      pool_(std::move(pool)),
      agent_(std::move(agent)),
      metrics_(name_, site.protocol),
      last_used_(now),
      source_(std::make_shared<egress_source_config>(std::move(source))),
      site_(std::make_shared<queue::site>(std::move(site))) {}

path_ref ready_queue::path() const {
  const std::lock_guard lock(guard_);
  return path_;
}

ready_queue::snapshot ready_queue::view(steady_time now, std::uint64_t epoch) const {
  const std::lock_guard lock(guard_);
  return {path_, source_, site_, is_stale(now, epoch) && !refreshing_};
}

bool ready_queue::is_stale(steady_time now, std::uint64_t epoch) const {
  if (!path_) return true;
  return path_->config.refresh_strategy == refresh_strategy::epoch ? epoch != path_epoch_ : now >= path_until_;
}

std::shared_ptr<const queue::site> ready_queue::site() const {
  const std::lock_guard lock(guard_);
  return site_;
}

void ready_queue::update_target(egress_source_config source, queue::site site) {
  auto new_source = std::make_shared<egress_source_config>(std::move(source));
  auto new_site = std::make_shared<queue::site>(std::move(site));
  const std::lock_guard lock(guard_);
  source_ = std::move(new_source);
  site_ = std::move(new_site);
}

bool ready_queue::begin_refresh(steady_time now, std::uint64_t epoch) {
  const std::lock_guard lock(guard_);
  if (!path_) return true;  // several may ask for the first answer at once: each needs it
  if (!is_stale(now, epoch) || refreshing_) return false;
  refreshing_ = true;
  return true;
}

entry_list ready_queue::update_path(path_ref path, steady_time until, std::uint64_t epoch) {
  const std::lock_guard lock(guard_);
  path_ = std::move(path);
  path_until_ = until;
  path_epoch_ = epoch;
  refreshing_ = false;
  entry_list surplus;
  if (path_->config.suspended) {
    end_looks();
    surplus = std::move(entries_);
  }
  while (entries_.size() > path_->config.max_ready) {
    pass(entries_.back());
    surplus.push_front(entries_.pop_back());
  }
  metrics_.add_ready(-static_cast<std::int64_t>(surplus.size()));
  return surplus;
}

void ready_queue::keep_path(steady_time until) {
  const std::lock_guard lock(guard_);
  path_until_ = until;
  refreshing_ = false;
}

// One waiter per message is enough: what the woken ones are about to take needs no further session. Under the relaxed
// strategy one waiter at a time is on its way. A waiter of this loop is preferred, for it costs no system call.
std::shared_ptr<waiter> ready_queue::pick_waiter() {
  const bool is_relaxed = path_ && path_->config.dispatcher_wakeup_strategy == wakeup_strategy::relaxed;
  if (idle_.empty() || woken_ >= (is_relaxed ? 1 : entries_.size())) return nullptr;
  auto at = std::find_if(idle_.begin(), idle_.end(), [](const auto& w) { return w->home.is_current(); });
  if (at == idle_.end()) at = idle_.begin();
  auto w = std::move(*at);
  idle_.erase(at);
  w->is_listed = false;
  ++woken_;
  return w;
}

std::size_t ready_queue::claim_locked(memory_level memory) {
  if (!path_ || stopping_ || path_->config.suspended) return 0;
  auto goal = connection_goal(path_->config.connection_limit.limit, entries_.size(),
                              path_->config.aggressive_connection_opening);
  if (memory == memory_level::none) goal = std::min(goal, connections_without_memory);
  if (goal <= connections_) return 0;
  const auto n = goal - connections_;
  connections_ = goal;
  return n;
}

ready_queue::push_result ready_queue::push(entry_ptr& e, memory_level memory) {
  push_result r;
  const std::lock_guard lock(guard_);
  if (closed_ || stopping_) return {admission::closed, 0, nullptr};
  if (!path_ || path_->config.suspended) return {admission::suspended, 0, nullptr};
  if (entries_.size() >= path_->config.max_ready) return {admission::full, 0, nullptr};
  if (memory != memory_level::enough) release_memory(*e, policy_at(memory, path_->config));
  entries_.push_back(std::move(e));
  metrics_.add_ready(1);
  r.woken = pick_waiter();
  // A waiter that is on its way takes this message: only what is left asks for more connections.
  if (!r.woken && hold_until_ == steady_time{}) r.start = claim_locked(memory);
  return r;
}

entry_list ready_queue::shrink() {
  entry_list kept, unsaved;
  const std::lock_guard lock(guard_);
  const auto policy = path_ ? path_->config.no_memory_reduction_policy : memory_policy::no_shrink;
  if (policy == memory_policy::no_shrink) return unsaved;
  end_looks();
  while (auto e = entries_.pop_front()) {
    release_memory(*e, policy);
    (is_saved(*e) ? kept : unsaved).push_back(std::move(e));
  }
  entries_ = std::move(kept);
  metrics_.add_ready(-static_cast<std::int64_t>(unsaved.size()));
  return unsaved;
}

ready_queue::push_result ready_queue::put_front(entry_list entries) {
  push_result r;
  const std::lock_guard lock(guard_);
  metrics_.add_ready(static_cast<std::int64_t>(entries.size()));
  entries_.prepend(std::move(entries));
  r.woken = pick_waiter();
  return r;
}

entry_list ready_queue::take(std::size_t max, const std::shared_ptr<waiter>& w) {
  entry_list taken;
  const std::lock_guard lock(guard_);
  while (taken.size() < max && !entries_.empty()) {
    pass(entries_.front());
    taken.push_back(entries_.pop_front());
  }
  if (taken.empty() && w && !w->is_listed && !stopping_) {
    w->is_listed = true;
    idle_.push_back(w);
  }
  if (!taken.empty()) metrics_.add_ready(-static_cast<std::int64_t>(taken.size()));
  return taken;
}

void ready_queue::forget(const std::shared_ptr<waiter>& w) {
  const std::lock_guard lock(guard_);
  if (w->is_listed) {
    std::erase(idle_, w);
    w->is_listed = false;
  } else if (woken_ > 0) {
    --woken_;
  }
}

entry_list ready_queue::take_all() {
  const std::lock_guard lock(guard_);
  metrics_.add_ready(-static_cast<std::int64_t>(entries_.size()));
  end_looks();
  return std::move(entries_);
}

ready_queue::cursor::cursor(ready_queue& of) : queue_(of) {
  const std::lock_guard lock(of.guard_);
  next_ = of.entries_.first();
  left_ = of.entries_.size();
  of.looks_.push_back(this);
}

ready_queue::cursor::~cursor() {
  const std::lock_guard lock(queue_.guard_);
  std::erase(queue_.looks_, this);
}

bool ready_queue::look(cursor& at, std::size_t most, const timer_wheel::visitor& wanted, entry_list& taken) {
  const std::lock_guard lock(guard_);
  const auto before = entries_.size();
  const auto step = std::min(most, at.left_);
  const auto visit = [&](queue_entry& e) {
    const bool is_taken = wanted(e);
    if (is_taken) pass(e);
    return is_taken;
  };
  at.next_ = entries_.extract(visit, taken, at.next_, step);
  at.left_ -= step;
  if (!taken.empty()) metrics_.add_ready(static_cast<std::int64_t>(entries_.size()) - static_cast<std::int64_t>(before));
  return at.next_ && at.left_ > 0;
}

/// Before a message leaves: looks that have come to it go on with the one behind.
void ready_queue::pass(const queue_entry& leaving) {
  for (auto* at : looks_) {
    if (at->next_ == &leaving) at->next_ = entries_.behind(leaving);
  }
}

/// Before everything leaves.
void ready_queue::end_looks() {
  for (auto* at : looks_) at->next_ = nullptr;
}

std::vector<std::shared_ptr<waiter>> ready_queue::take_waiters() {
  const std::lock_guard lock(guard_);
  std::vector<std::shared_ptr<waiter>> all(idle_.begin(), idle_.end());
  for (const auto& w : all) w->is_listed = false;
  woken_ += all.size();
  idle_.clear();
  return all;
}

std::size_t ready_queue::claim_sessions(steady_time now, memory_level memory) {
  const std::lock_guard lock(guard_);
  if (now < hold_until_) return 0;
  hold_until_ = {};
  return claim_locked(memory);
}

void ready_queue::session_ended(steady_time now, steady_time hold) {
  const std::lock_guard lock(guard_);
  --connections_;
  last_used_ = now;
  if (hold > now) hold_until_ = hold;
}

void ready_queue::release_hold() {
  const std::lock_guard lock(guard_);
  hold_until_ = {};
}

std::size_t ready_queue::size() const {
  const std::lock_guard lock(guard_);
  return entries_.size();
}

std::size_t ready_queue::connections() const {
  const std::lock_guard lock(guard_);
  return connections_;
}

bool ready_queue::has_room() const {
  const std::lock_guard lock(guard_);
  return path_ && !closed_ && !path_->config.suspended && entries_.size() < path_->config.max_ready;
}

bool ready_queue::close_if_idle(steady_time now, duration idle) {
  const std::lock_guard lock(guard_);
  if (!entries_.empty() || connections_ > 0 || now - last_used_ < idle) return false;
  closed_ = true;
  return true;
}

}  // namespace godwit::queue
