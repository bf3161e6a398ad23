#pragma once
// When to write a group: at once, or a moment later because those whom the last flush released are about to come back.
// Without it two cohorts of sessions take turns, and each flush carries half of what it could. Pure: time is passed in.

#include <chrono>
#include <cstddef>

namespace godwit::spool {

/// Of the committer's thread. A lone session never waits: its group is as large as the last one at once.
class group_pacing {
 public:
  using duration = std::chrono::nanoseconds;

  /// How long a group may wait for more once `waiting` requests are there. Zero: write now.
  duration patience(std::size_t waiting) const;
  /// As many requests as are worth waiting for.
  std::size_t expected() const { return expected_; }

  /// A group went to disk. `size`: requests in it, `arrived`: those that came while it was written, `flush`: how long
  /// that took, `gained`: how many came while the group waited, when it did.
  struct written {
    std::size_t size = 0, arrived = 0;
    duration flush{};
    bool has_waited = false;
    std::size_t gained = 0;
  };
  void note(const written& w);

 private:
  std::size_t expected_ = 0;  ///< the last group and who came meanwhile: all sessions that are busy now
  duration flush_{};          ///< smoothed
  unsigned vain_ = 0;         ///< waits in a row that brought too little
  unsigned skips_ = 0;        ///< groups still to be written without a wait
};

}  // namespace godwit::spool
