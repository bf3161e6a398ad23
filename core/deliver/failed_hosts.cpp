#include "deliver/failed_hosts.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

namespace godwit::deliver {

using std::chrono::steady_clock;

namespace {

struct failure {
  std::string host;
  steady_clock::time_point at;
};

struct failure_list {
  std::mutex guard;
  std::map<ip_endpoint, failure> all;
  std::atomic<std::size_t> size{0};  ///< so that nobody takes the lock when all hosts are well

  void make_room() {
    if (all.size() < max_failed_hosts) return;
    all.erase(std::min_element(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second.at < b.second.at; }));
  }
  void count() { size.store(all.size(), std::memory_order_relaxed); }
};

/// Never destroyed: late sessions may still end.
failure_list& the_failures() {
  static auto* list = new failure_list;
  return *list;
}

}  // namespace

std::vector<failed_host> list_failed_hosts() {
  auto& list = the_failures();
  const std::lock_guard lock(list.guard);
  const auto now = steady_clock::now();
  std::vector<failed_host> them;
  for (const auto& [to, one] : list.all) them.push_back({one.host, to, now - one.at});
  return them;
}

void note_host_failed(const std::string& host, const ip_endpoint& to) {
  auto& list = the_failures();
  const std::lock_guard lock(list.guard);
  if (!list.all.contains(to)) list.make_room();
  list.all[to] = {host, steady_clock::now()};
  list.count();
}

void note_host_reached(const ip_endpoint& to) {
  auto& list = the_failures();
  if (list.size.load(std::memory_order_relaxed) == 0) return;
  const std::lock_guard lock(list.guard);
  list.all.erase(to);
  list.count();
}

}  // namespace godwit::deliver
