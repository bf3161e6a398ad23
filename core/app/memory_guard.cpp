#include "app/memory_guard.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::app {

namespace {

std::uint64_t page_size() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  in >> total >> resident;
  return resident * page_size();
}

/// A file with one number; "max" and absent files mean no limit.
std::uint64_t limit_in(const char* file) {
  std::ifstream in(file);
  std::uint64_t n = 0;
  return in >> n && n > 0 ? n : UINT64_MAX;
}

std::uint64_t hard_limit() {
  auto limit = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * page_size();
  limit = std::min(limit, limit_in("/sys/fs/cgroup/memory.max"));
  limit = std::min(limit, limit_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  rlimit address_space{};
  if (::getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY) {
    limit = std::min<std::uint64_t>(limit, address_space.rlim_cur);
  }
  return limit;
}

}  // namespace

memory_guard::memory_guard(std::uint64_t soft_limit) : soft_limit_(0) {
  set_soft_limit(soft_limit > 0 ? soft_limit : hard_limit() / 4 * 3);
}

void memory_guard::set_soft_limit(std::uint64_t bytes) {
  soft_limit_ = bytes;
  metrics::get_gauge("memory_limit", "Soft limit of memory in bytes.")->set(static_cast<std::int64_t>(soft_limit_));
}

void memory_guard::check() {
  static const auto usage = metrics::get_gauge("memory_usage", "Resident set size in bytes.");
  static const auto crossed = metrics::get_counter("memory_over_limit_count", "Times the soft limit was crossed.");
  const auto resident = resident_bytes();
  usage->set(static_cast<std::int64_t>(resident));
  const bool over = resident > soft_limit_;
  if (over == over_.exchange(over)) return;
  if (over) {
    crossed->add();
    log::warn("app", "memory {} MiB is above the soft limit of {} MiB: no mail is taken in", resident >> 20,
              soft_limit_ >> 20);
  } else {
    log::info("app", "memory is below the soft limit again");
  }
}

}  // namespace godwit::app
