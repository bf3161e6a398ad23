#pragma once
// The file of a journal: what one flush makes durable before records become files of their own. Written from its start, used
// again from its start once all it says is in the tree.

#include <atomic>
#include <cstdint>
#include <span>
#include <string>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"
#include "spool/journal_format.hpp"
#include "spool/record.hpp"

namespace godwit::spool {

/// One thread at a time, but that one may append while another flushes. No file is open for writing longer than a call takes,
/// so that its file system can be remounted.
class group_journal {
 public:
  /// Below `directory`, which is there. More than `size_limit` bytes are used by a group that alone is larger.
  group_journal(const std::string& directory, const std::string& name, std::uint64_t size_limit)
      : directory_(directory), path_(directory + "/" + name), size_limit_(size_limit) {}

  /// What an earlier process left; it borrows `bytes`. An undamaged journal goes on behind that, others need start_anew().
  result<journal_contents> load(std::string& bytes);
  /// Forgets what it holds, durably, and is ready for groups. A damaged journal is kept beside it under another name.
  result<void> start_anew(std::uint64_t sequence);

  /// Writes the group. After a failed write the next group takes its place.
  result<void> append(std::span<const operation> group, std::uint64_t sequence);
  /// Brings all groups that were written to the disk. After a failure the journal is not ready any more, since nothing tells
  /// what of it the next flush would bring there.
  result<void> flush();
  /// flush(), if a group was written since the last one and the journal is ready.
  result<void> flush_rest();

  /// False: turn over, or start anew when it is empty.
  bool has_room(std::size_t bytes) const;
  bool is_empty() const { return is_empty_; }
  /// Where the next group goes, in bytes.
  std::uint64_t used() const { return used_; }
  const std::string& path() const { return path_; }

 private:
  result<void> go_on(const file_descriptor& file, const journal_contents& left);
  result<void> keep_damaged();
  result<void> flush_directory() const;
  result<void> extend(const file_descriptor& file, std::uint64_t end);
  error broken(std::string_view doing) const;

  std::string directory_, path_;
  std::uint64_t size_limit_;
  /// Open for reading for as long as the use lasts: a write that fails in the background is told to descriptors that were
  /// open at that time.
  file_descriptor flushed_;
  std::uint64_t mark_ = 0, used_ = 0;
  std::uint64_t size_ = 0;  ///< of the file
  std::atomic<bool> is_ready_{false}, is_flushed_{true};
  bool is_empty_ = true, is_damaged_ = false;
};

}  // namespace godwit::spool
