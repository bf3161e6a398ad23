#include "queue/directory.hpp"

namespace godwit::queue {

scheduled_directory::scheduled_directory()
    : count_(metrics::get_gauge("scheduled_queue_count", "scheduled queues that exist")) {}

queue_hold scheduled_directory::find_or_create(std::string_view name) {
  auto& s = shards_[name_hash{}(name) % shards_.size()];
  const std::lock_guard lock(s.guard);
  auto at = s.queues.find(name);
  if (at == s.queues.end()) {
    at = s.queues.emplace(name, std::make_shared<scheduled_queue>(std::string(name))).first;
    count_->add(1);
  }
  at->second->hold();  // under the lock: the reaper looks at users there
  return queue_hold(at->second);
}

std::vector<scheduled_ref> scheduled_directory::all() const {
  std::vector<scheduled_ref> found;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.guard);
    for (const auto& [name, q] : s.queues) found.push_back(q);
  }
  return found;
}

std::vector<scheduled_ref> scheduled_directory::in_shard(std::size_t i) const {
  std::vector<scheduled_ref> found;
  const std::lock_guard lock(shards_[i].guard);
  for (const auto& [name, q] : shards_[i].queues) found.push_back(q);
  return found;
}

std::size_t scheduled_directory::size() const {
  std::size_t n = 0;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.guard);
    n += s.queues.size();
  }
  return n;
}

void scheduled_directory::reap(steady_time now, std::size_t most) {
  std::vector<scheduled_ref> gone;  // destroyed after the locks: their metrics are pruned then
  std::size_t seen = 0;
  for (std::size_t n = 0; n < shards_.size() && seen < most; ++n) {
    auto& s = shards_[next_reaped_++ % shards_.size()];
    const std::lock_guard lock(s.guard);
    seen += s.queues.size();
    for (auto at = s.queues.begin(); at != s.queues.end();) {
      if (at->second->is_idle_since(now - at->second->reap_interval())) {
        gone.push_back(std::move(at->second));
        at = s.queues.erase(at);
      } else {
        ++at;
      }
    }
  }
  count_->add(-static_cast<std::int64_t>(gone.size()));
}

ready_ref ready_directory::find(std::string_view name) const {
  const std::lock_guard lock(guard_);
  const auto at = queues_.find(name);
  return at == queues_.end() ? nullptr : at->second;
}

ready_ref ready_directory::add(ready_ref made) {
  const std::lock_guard lock(guard_);
  return queues_.emplace(made->name(), made).first->second;
}

std::vector<ready_ref> ready_directory::all() const {
  std::vector<ready_ref> found;
  const std::lock_guard lock(guard_);
  for (const auto& [name, q] : queues_) found.push_back(q);
  return found;
}

void ready_directory::reap(steady_time now, duration idle) {
  std::vector<ready_ref> gone;
  const std::lock_guard lock(guard_);
  std::erase_if(queues_, [&](const auto& member) {
    if (!member.second->close_if_idle(now, idle)) return false;
    gone.push_back(member.second);
    return true;
  });
}

}  // namespace godwit::queue
