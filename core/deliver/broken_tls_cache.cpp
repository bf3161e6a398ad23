#include "deliver/broken_tls_cache.hpp"

#include <algorithm>

namespace godwit::deliver {

void broken_tls_cache::remember(const std::string& site, std::chrono::nanoseconds how_long, clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (until_.size() >= capacity_ && !until_.contains(site)) make_room(now);
  until_[site] = now + how_long;
}

bool broken_tls_cache::contains(const std::string& site, clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(site);
  if (found == until_.end()) return false;
  if (found->second > now) return true;
  until_.erase(found);
  return false;
}

std::size_t broken_tls_cache::size() const {
  const std::lock_guard lock(mutex_);
  return until_.size();
}

/// Rare: only when as many sites are broken as fit. What is over goes; if nothing is, what is over soonest.
void broken_tls_cache::make_room(clock::time_point now) {
  std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
  if (until_.size() < capacity_ || until_.empty()) return;
  until_.erase(std::min_element(until_.begin(), until_.end(),
                                [](const auto& a, const auto& b) { return a.second < b.second; }));
}

}  // namespace godwit::deliver
