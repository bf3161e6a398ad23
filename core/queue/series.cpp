#include "queue/series.hpp"

#include <map>
#include <mutex>

namespace godwit::queue::detail {

namespace {

struct user_counts {
  std::mutex guard;
  std::map<std::pair<std::string, metrics::labels>, std::size_t> users;
};

user_counts& counts() {
  static auto& c = *new user_counts;  // queues may go after static objects
  return c;
}

}  // namespace

void use_series(const std::string& name, const metrics::labels& l) {
  const std::lock_guard lock(counts().guard);
  ++counts().users[{name, l}];
}

void leave_series(const std::string& name, const metrics::labels& l) {
  const std::lock_guard lock(counts().guard);
  const auto at = counts().users.find({name, l});
  if (at == counts().users.end() || --at->second > 0) return;
  counts().users.erase(at);
  metrics::prune(name, l);
}

}  // namespace godwit::queue::detail
