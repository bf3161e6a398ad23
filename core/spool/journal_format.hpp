#pragma once
// The bytes of a journal of LocalDisk (docs/spool.md): groups one after the other, each a head and its operations. Pure.
//
// A journal is used again from its start, so old groups stand behind new ones, and what stands behind the last group may
// be the middle of a message that anybody sent. The mark, chosen at random for each use and known to nobody who sends mail,
// tells the groups of this use from both.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "spool/record.hpp"

namespace godwit::spool {

struct journal_group {
  std::uint64_t sequence = 0;
  std::vector<operation> operations;  ///< borrow the bytes that were read
};

struct journal_contents {
  std::vector<journal_group> groups;  ///< sequences rise
  std::size_t damaged = 0;            ///< places where a group cannot be read although something follows it
  std::uint64_t mark = 0;             ///< of this use
  std::uint64_t last = 0;             ///< sequence of the last whole group, be it the one that starts the journal
  std::uint64_t end = 0;              ///< behind the last whole group, in bytes; 0: the journal was never started
};

/// Every whole group; what a crash has cut off, or a bad disk has changed, is left out.
journal_contents read_journal(std::string_view bytes);

/// Bytes of a group with these operations; `mark` is the same for all groups of one use of the journal. The first group of a
/// use has no operations.
std::string encode_group(std::span<const operation> group, std::uint64_t mark, std::uint64_t sequence);
std::size_t encoded_size(std::span<const operation> group);
/// The head for operations that are encoded already.
std::string seal_group(std::string_view operations, std::uint64_t mark, std::uint64_t sequence);

}  // namespace godwit::spool
