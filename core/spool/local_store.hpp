#pragma once
// The LocalDisk kind: one file a record, for one table or for both. A file with directories of its own is dear to flush,
// so a group goes to a journal first, with one flush for all; records stay in memory until a journal is full, and
// become files then, unless they are gone by that time. Files of what is removed go beside that, on the same thread: where
// there are thousands of them, or the disk is slow, no group waits for it. Two journals take turns.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "spool/file_tree.hpp"
#include "spool/group_journal.hpp"
#include "spool/pending_records.hpp"
#include "spool/record_store.hpp"

namespace godwit::spool {

class local_store : public record_store {
 public:
  /// Of a journal; what is pending in memory is twice this at most, or twice the largest group.
  static constexpr std::uint64_t journal_size = 16 * 1024 * 1024;

  static result<std::unique_ptr<record_store>> open_pair(const store_options& data, const store_options& meta,
                                                         std::uint64_t size_limit = journal_size);
  static result<std::unique_ptr<record_store>> open_single(table only, const store_options& o);
  ~local_store() override;

  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) override;
  bool try_erase(std::span<const operation> erases) override;
  result<std::optional<std::string>> load(table where, const uuid& key) override;
  result<bool> contains(table where, const uuid& key) override;
  result<void> each_meta(const record_visitor& visit) override;
  result<void> each_loose_body(const key_visitor& visit) override;
  result<void> probe() override;
  void close() override;

 private:
  using guard = std::unique_lock<std::mutex>;

  local_store(std::optional<file_tree> data, std::optional<file_tree> meta, const std::string& path, std::uint64_t size_limit);
  static result<std::unique_ptr<record_store>> start(std::unique_ptr<local_store> made);

  std::optional<file_tree>& tree_of(table t) { return t == table::data ? data_ : meta_; }
  file_tree& tree(table t) { return *tree_of(t); }
  group_journal& current() { return journals_[current_]; }
  group_journal& other() { return journals_[1 - current_]; }
  /// Nothing is left for the writer. What the current journal holds is not for it.
  bool is_in_files() const { return !pending_.is_leaving() && pending_.doomed().empty(); }

  // Start.
  result<void> recover();
  result<void> apply_left(const journal_contents& left);

  // The committer's thread.
  result<void> write(std::span<const operation> group);
  result<void> make_room(guard& lock, std::size_t bytes);
  result<void> turn_over(guard& lock);
  void hand_over();
  result<void> retry(guard& lock);
  result<void> finish(guard& lock);

  // Whoever holds appending_.
  result<void> append(guard& lock, std::span<const operation> group);
  void apply(std::span<const operation> group);

  // Any thread, for reading.
  template <class F>
  result<void> each_key(table where, F visit);
  bool is_removed(const place& at);

  // The writer's thread.
  void work();
  void note(const result<void>& done);
  result<void> write_out(guard& lock);
  result<void> write_leaving(guard& lock);
  result<void> erase_files(guard& lock);
  result<void> free_other(guard& lock);
  result<void> write_files(const pending_records::records& all);
  result<void> flush_trees();

  std::optional<file_tree> data_, meta_;

  std::mutex appending_;  ///< of the current journal; taken before the other
  std::mutex mutex_;      ///< of all below, except that a journal is appended to and flushed without it
  std::condition_variable changed_;
  group_journal journals_[2];
  std::size_t current_ = 0;  ///< changed by the committer's thread; the other journal holds what is leaving
  std::uint64_t sequence_ = 1;  ///< above all that either journal has: a reader takes rising ones only
  pending_records pending_;
  std::optional<error> failure_;  ///< why the writer's work could not be done; it is tried again
  std::uint64_t attempts_ = 0;
  bool is_stopping_ = false, must_retry_ = false;
  bool are_files_ = false;  ///< what leaves is in files that were flushed
  std::thread writer_;
};

}  // namespace godwit::spool
