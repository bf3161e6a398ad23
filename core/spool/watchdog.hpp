#pragma once
// Looks after the spool from a thread of its own, since the committer may hang in a system call: free space, sessions
// that wait beyond their deadline, removals that wait for it, a commit that takes too long. It also keeps the store's gauges up to date.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "spool/committer.hpp"
#include "spool/free_space.hpp"
#include "spool/record_store.hpp"
#include "spool/spool.hpp"

namespace godwit::spool {

class watchdog {
 public:
  /// `target` and `store` outlive it.
  watchdog(committer& target, record_store& store, std::vector<free_space> places);
  ~watchdog();  ///< stop()

  health state() const;
  void stop();

 private:
  void run();
  void check_places();

  committer& committer_;
  record_store& store_;
  std::vector<free_space> places_;
  std::atomic<bool> is_full_{false}, is_stuck_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace godwit::spool
