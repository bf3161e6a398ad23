// A journal of LocalDisk comes back from disk after a crash: whatever the bytes, reading gives whole groups or none, and
// what was written is read again, up to where it was cut off.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "spool/journal_format.hpp"
#include "target.hpp"

using namespace godwit::fuzz;
using namespace godwit::spool;

namespace {

constexpr std::uint64_t mark = 0x0123456789abcdef;

void check_bytes(std::string_view bytes) {
  std::uint64_t last = 0;
  for (const auto& group : read_journal(bytes).groups) {
    require(group.sequence > last);
    last = group.sequence;
    for (const auto& op : group.operations) require(op.size() <= bytes.size());
  }
}

bool is_same(const operation& a, const operation& b) {
  return a.what == b.what && a.where == b.where && a.key == b.key &&
         std::string(a.head).append(a.tail) == std::string(b.head).append(b.tail);
}

void require_same(std::span<const operation> a, std::span<const operation> b) {
  require(std::equal(a.begin(), a.end(), b.begin(), b.end(), is_same));
}

/// Behind a head that is right: what the checksum keeps from the decoder otherwise.
void check_operations(std::string_view bytes) {
  const auto journal = encode_group({}, mark, 1) + seal_group(bytes, mark, 2);
  const auto contents = read_journal(journal);
  check_bytes(journal);
  if (contents.groups.empty()) return;
  const auto& operations = contents.groups[0].operations;
  const auto again = encode_group({}, mark, 1) + encode_group(operations, mark, 2);
  require(again.size() == journal.size());
  const auto read = read_journal(again);
  require(read.groups.size() == 1);
  require_same(read.groups[0].operations, operations);
}

/// Of both kinds and tables, each with a key of its own; a value in two pieces.
operation numbered(std::size_t number, std::string_view value) {
  operation op{.where = number % 2 == 0 ? table::data : table::meta, .key = {}};
  op.key.bytes.fill(static_cast<std::uint8_t>(number));
  if (number % 3 == 2) {
    op.what = operation::kind::erase;
  } else {
    op.head = value.substr(0, value.size() / 2);
    op.tail = value.substr(value.size() / 2);
  }
  return op;
}

void require_groups(std::string_view journal, std::span<const operation> wanted) {
  const auto contents = read_journal(journal);
  require(contents.groups.size() == wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    require(contents.groups[i].sequence == i + 2);
    require_same(contents.groups[i].operations, wanted.subspan(i, 1));
  }
}

/// Groups of pieces of the input; the first byte says where the journal is cut off.
void check_round_trip(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto cut = static_cast<std::uint8_t>(bytes[0]);
  auto journal = encode_group({}, mark, 1);
  std::vector<operation> written;
  std::size_t whole = 0;
  for (auto rest = bytes.substr(1); !rest.empty() && written.size() < 64;) {
    const auto& op = written.emplace_back(numbered(written.size(), take_part(rest)));
    journal += encode_group({&op, 1}, mark, written.size() + 1);
    whole += journal.size() <= cut;
  }
  require_groups(journal, written);
  require_groups(std::string_view(journal).substr(0, cut), std::span(written).first(whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  check_bytes(bytes);
  check_operations(bytes);
  check_round_trip(bytes);
  return 0;
}
