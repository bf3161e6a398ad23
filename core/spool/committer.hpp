#pragma once
// Group commit: one thread writes what the sessions of all loops have asked for since the last write, with one flush
// for the whole group. Groups form from what arrives while the previous flush runs; group_pacing says when it pays to
// wait a moment for those whom that flush released.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "metrics/registry.hpp"
#include "rt/task.hpp"
#include "spool/body_table.hpp"
#include "spool/group_pacing.hpp"
#include "spool/record_store.hpp"
#include "spool/request.hpp"

namespace godwit::spool {

struct committer_limits {
  std::chrono::nanoseconds store_deadline = std::chrono::seconds(30);
  std::chrono::nanoseconds stuck_after = std::chrono::seconds(15);
  std::chrono::nanoseconds longest_pause = std::chrono::minutes(5);  ///< between attempts to recover
  bool may_recover = true;
};

class committer {
 public:
  using clock = std::chrono::steady_clock;

  /// `target` and `bodies` outlive it.
  committer(record_store& target, body_table& bodies, committer_limits limits);
  ~committer();  ///< close()

  /// Resumes the caller on its loop when its group is written, when that failed, or at the deadline; what is written
  /// after the deadline is taken back.
  rt::task<result<void>> submit(request_ref r);
  /// Removes the records of a message (nil: none) and gives back its reference to a body stored apart (nil: none).
  void remove(const uuid& message, const uuid& body);
  /// Removes records that nothing refers to.
  void discard(std::vector<operation> erases);

  bool is_failing() const { return is_failing_.load(std::memory_order_relaxed); }
  /// A commit has been running for too long. Any thread.
  bool is_stuck(clock::time_point now) const;
  /// Has the store apply removals that wait for a commit which takes long; may wait for the disk. One thread, not after close().
  void hasten_removals(clock::time_point now);
  /// Ends the waiting of sessions whose deadline is over. Any thread.
  void expire(clock::time_point now);

  /// Writes and flushes what is queued, then stops the thread.
  void close();

 private:
  struct removal {
    uuid message, body;
  };

  void run();
  bool wait_for_work(std::unique_lock<std::mutex>& lock);
  void wait_for_company(std::unique_lock<std::mutex>& lock);
  clock::time_point next_duty() const;
  void take_group();
  void commit_group();
  void note_pace();
  void add_erases(const std::vector<removal>& removals, std::vector<operation>& erases);
  void undo(const request& r);
  void note_failure(const error& why);
  void note_success();
  void probe();
  void finish();
  void complete(std::vector<request_ref>& done, const result<void>& outcome);
  static void resume(std::vector<request_ref>& settled);
  void enqueue(request_ref r);

  record_store& store_;
  body_table& bodies_;
  const committer_limits limits_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<request_ref> incoming_;
  std::vector<removal> removals_;
  std::vector<operation> discards_;
  std::vector<operation> late_;  ///< of removals which the store could not apply beside a commit
  clock::time_point removals_due_;
  std::vector<request_ref> current_;  ///< the group being written
  clock::time_point current_started_;
  bool is_sleeping_ = false;
  std::size_t wake_at_ = 1;  ///< requests that end the sleep
  bool is_closing_ = false;

  // Of the committer thread alone.
  std::vector<removal> current_removals_;
  std::vector<operation> erases_;  ///< kept until a commit succeeds
  std::vector<operation> group_;
  group_pacing pacing_;
  std::size_t gained_ = 0;  ///< by the last wait for company
  bool has_waited_ = false;
  clock::time_point retry_at_ = clock::time_point::max();
  std::chrono::nanoseconds retry_pause_{};

  std::atomic<bool> is_failing_{false};
  std::shared_ptr<metrics::counter> commits_, messages_, flushes_, failures_;
  std::shared_ptr<metrics::gauge> failing_;
  std::thread thread_;  ///< last: starts when all else exists
};

}  // namespace godwit::spool
