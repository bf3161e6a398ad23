#pragma once
// Looks after the spool from a thread of its own, since the committer may hang in a system call: free space, sessions
// that wait beyond their deadline, a commit that takes too long. It also keeps the store's gauges up to date.

#include <atomic>
#include <optional>
#include <vector>

#include "spool/committer.hpp"
#include "spool/free_space.hpp"
#include "spool/record_store.hpp"
#include "spool/spool.hpp"
#include "spool/ticker.hpp"

namespace godwit::spool {

class watchdog {
 public:
  /// `target` and `store` outlive it.
  watchdog(committer& target, record_store& store, std::vector<free_space> places);

  health state() const;
  void stop() { ticker_->stop(); }

 private:
  void look();
  void check_places();

  committer& committer_;
  record_store& store_;
  std::vector<free_space> places_;
  std::atomic<bool> is_full_{false}, is_stuck_{false};
  int looks_ = 0;
  std::optional<ticker> ticker_;  ///< last, and after the first look of the constructor
};

}  // namespace godwit::spool
