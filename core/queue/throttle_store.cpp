#include "queue/throttle_store.hpp"

namespace godwit::queue {

throttle_result throttle_store::take(std::string_view key, const config::throttle_spec& spec, duration now,
                                     std::uint64_t quantity) {
  auto& s = shards_[hash{}(key) % shards_.size()];
  const std::lock_guard lock(s.guard);
  auto at = s.states.find(key);
  if (at == s.states.end()) at = s.states.emplace(key, throttle_state{}).first;
  return queue::take(at->second, spec, now, quantity);
}

void throttle_store::purge(duration now) {
  for (auto& s : shards_) {
    const std::lock_guard lock(s.guard);
    std::erase_if(s.states, [&](const auto& member) { return member.second.arrival <= now; });
  }
}

std::size_t throttle_store::size() const {
  std::size_t n = 0;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.guard);
    n += s.states.size();
  }
  return n;
}

throttle_store& local_throttles() {
  static throttle_store store;
  return store;
}

duration throttle_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace godwit::queue
