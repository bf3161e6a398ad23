#include "spool/watchdog.hpp"

#include "log/log.hpp"

namespace godwit::spool {

namespace {

constexpr auto look_every = std::chrono::milliseconds(500);
constexpr int looks_per_disk_check = 10;  ///< every five seconds

}  // namespace

watchdog::watchdog(committer& target, record_store& store, std::vector<free_space> places)
    : committer_(target), store_(store), places_(std::move(places)) {
  check_places();
  store_.sample();
  ticker_.emplace("spool-watch", look_every, [this] { look(); });
}

void watchdog::look() {
  const auto now = committer::clock::now();
  committer_.expire(now);
  const bool is_stuck = committer_.is_stuck(now);
  if (is_stuck && !is_stuck_.exchange(true)) log::error("spool", "the disk does not answer: mail is refused");
  if (!is_stuck) is_stuck_ = false;
  if (++looks_ % looks_per_disk_check != 0) return;
  check_places();
  store_.sample();
}

void watchdog::check_places() {
  bool is_full = false;
  for (auto& p : places_) is_full |= !p.check();
  is_full_ = is_full;
}

health watchdog::state() const {
  if (is_full_) return health::disk_full;
  return is_stuck_ || committer_.is_failing() ? health::unhealthy : health::good;
}

}  // namespace godwit::spool
