#include "spool/group_pacing.hpp"

#include <algorithm>

namespace godwit::spool {

namespace {

/// A wait costs latency, a flush saved gains at most its own time: waiting longer than that never pays.
constexpr auto longest_wait = std::chrono::milliseconds(2);
constexpr unsigned most_skips = 64;

}  // namespace

group_pacing::duration group_pacing::patience(std::size_t waiting) const {
  if (skips_ > 0 || waiting >= expected_) return {};
  return std::min<duration>(flush_, longest_wait);
}

void group_pacing::note(const written& w) {
  expected_ = w.size + w.arrived;
  flush_ = flush_ == duration{} ? w.flush : (flush_ * 7 + w.flush) / 8;
  if (skips_ > 0) --skips_;
  if (!w.has_waited) return;
  // A wait pays when it brings a good part of the group; peers far away never come back in time.
  const bool has_paid = w.gained * 4 >= w.size;
  vain_ = has_paid ? 0 : vain_ + 1;
  if (vain_ > 1) skips_ = std::min(most_skips, 1U << std::min(vain_, 6U));
}

}  // namespace godwit::spool
