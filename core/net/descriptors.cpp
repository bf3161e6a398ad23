#include "net/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::net {

namespace {

using namespace std::chrono_literals;
constexpr auto complaint_interval = 1min;

std::uint64_t soft_limit() {
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : RLIM_INFINITY;
}

/// Kept from those who connect; half of it from deliveries too.
std::uint64_t reserve_of(std::uint64_t limit) { return std::clamp<std::uint64_t>(limit / 8, 32, 512); }

}  // namespace

std::uint64_t raise_descriptor_limit() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return RLIM_INFINITY;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  return soft_limit();
}

bool may_keep(int descriptor, descriptor_use use) {
  const auto limit = soft_limit();
  const auto reserve = use == descriptor_use::incoming ? reserve_of(limit) : reserve_of(limit) / 2;
  return static_cast<std::uint64_t>(descriptor) + reserve < limit;
}

void note_shortage(std::string_view what) {
  static const auto shortages = metrics::get_counter("godwit_net_descriptor_shortages", {});
  static std::atomic<std::chrono::steady_clock::time_point> quiet_until{};
  shortages->add();
  const auto now = std::chrono::steady_clock::now();
  auto until = quiet_until.load();
  if (now < until || !quiet_until.compare_exchange_strong(until, now + complaint_interval)) return;
  log::warn("net", "{}: of {} open files the last are kept for spool and logs; raise the limit of open files (LimitNOFILE, ulimit -n)",
            what, soft_limit());
}

}  // namespace godwit::net
