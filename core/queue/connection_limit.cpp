#include "queue/connection_limit.hpp"

#include <algorithm>

namespace godwit::queue {

connection_limits::lease::~lease() {
  if (owner_) owner_->release(names_);
}

std::optional<connection_limits::lease> connection_limits::acquire(std::vector<named_limit> limits,
                                                                   std::function<void()> retry) {
  std::sort(limits.begin(), limits.end(), [](const auto& a, const auto& b) { return a.limit < b.limit; });
  const std::lock_guard lock(guard_);
  for (const auto& l : limits) {
    auto& u = usages_[l.name];
    if (u.count < l.limit) continue;
    u.waiting.push_back(std::move(retry));
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (auto& l : limits) {
    ++usages_[l.name].count;
    names.push_back(std::move(l.name));
  }
  return lease(this, std::move(names));
}

void connection_limits::release(const std::vector<std::string>& names) {
  std::vector<std::function<void()>> wake;
  {
    const std::lock_guard lock(guard_);
    for (const auto& name : names) {
      const auto at = usages_.find(name);
      if (at == usages_.end()) continue;
      --at->second.count;
      std::move(at->second.waiting.begin(), at->second.waiting.end(), std::back_inserter(wake));
      at->second.waiting.clear();
      if (at->second.count == 0) usages_.erase(at);
    }
  }
  for (const auto& retry : wake) retry();
}

std::uint64_t connection_limits::in_use(const std::string& name) const {
  const std::lock_guard lock(guard_);
  const auto at = usages_.find(name);
  return at == usages_.end() ? 0 : at->second.count;
}

}  // namespace godwit::queue
