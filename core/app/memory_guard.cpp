#include "app/memory_guard.hpp"

#include <malloc.h>
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

void publish(const char* name, const char* help, std::uint64_t bytes) {
  metrics::get_gauge(name, help)->set(static_cast<std::int64_t>(bytes));
}

}  // namespace

memory_guard::memory_guard(std::uint64_t soft_limit) : hard_(hard_limit()), soft_(soft_limit), is_soft_given_(soft_limit > 0) {
  derive();
}

void memory_guard::derive() {
  if (!is_soft_given_) soft_ = hard_ / 4 * 3;
  if (!is_low_given_) low_ = soft_ / 5 * 4;
  publish("memory_limit", "Soft limit of memory in bytes.", soft_);
  publish("memory_low_thresh", "Bytes of memory above which messages leave memory.", low_);
}

void memory_guard::set_hard_limit(std::uint64_t bytes) {
  hard_ = bytes;
  derive();
}

void memory_guard::set_soft_limit(std::uint64_t bytes) {
  soft_ = bytes;
  is_soft_given_ = true;
  derive();
}

void memory_guard::set_low_threshold(std::uint64_t bytes) {
  low_ = bytes;
  is_low_given_ = true;
  derive();
}

void memory_guard::check() {
  using enum queue::memory_level;
  static const auto usage = metrics::get_gauge("memory_usage", "Resident set size in bytes.");
  static const auto crossed = metrics::get_counter("memory_over_limit_count", "Times the soft limit was crossed.");
  static const auto was_low = metrics::get_counter("memory_low_count", "Times the low threshold was crossed.");
  const auto resident = resident_bytes();
  usage->set(static_cast<std::int64_t>(resident));
  const auto now = resident > soft_ ? none : resident > low_ ? low : enough;
  const auto before = level_.exchange(now);
  if (now == none) ::malloc_trim(0);  // what the queues released goes back to the machine, so that it shows
  if (now == before) return;
  if (now == none) {
    crossed->add();
    log::warn("app", "memory {} MiB is above the soft limit of {} MiB: no mail is taken in", resident >> 20, soft_ >> 20);
  } else if (before == none) {
    log::info("app", "memory is below the soft limit again");
  }
  if (now == low && before == enough) {
    was_low->add();
    log::info("app", "memory {} MiB is above the low threshold of {} MiB: messages leave memory", resident >> 20, low_ >> 20);
  }
}

}  // namespace godwit::app
