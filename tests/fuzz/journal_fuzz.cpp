// A journal of LocalDisk comes back from disk after a crash: whatever the bytes, reading gives whole groups or none, and
// what was written is read again, up to where it was cut off.
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

/// Behind a head that is right: what the checksum keeps from the decoder otherwise.
void check_operations(std::string_view bytes) {
  const auto journal = encode_group({}, mark, 1) + seal_group(bytes, mark, 2);
  const auto contents = read_journal(journal);
  check_bytes(journal);
  if (contents.groups.empty()) return;
  const auto again = encode_group({}, mark, 1) + encode_group(contents.groups[0].operations, mark, 2);
  require(again.size() == journal.size());
}

/// Groups of pieces of the input; the first byte says where the journal is cut off.
void check_round_trip(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto cut = static_cast<std::uint8_t>(bytes[0]);
  auto journal = encode_group({}, mark, 1);
  std::size_t whole = 0, groups = 0;
  for (auto rest = bytes.substr(1); !rest.empty() && groups < 64; ++groups) {
    const operation op{.where = groups % 2 == 0 ? table::data : table::meta, .key = {}, .head = take_part(rest)};
    journal += encode_group({&op, 1}, mark, groups + 2);
    whole += journal.size() <= cut;
  }
  require(read_journal(journal).groups.size() == groups);
  require(read_journal(std::string_view(journal).substr(0, cut)).groups.size() == whole);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = text_of(data, size);
  check_bytes(bytes);
  check_operations(bytes);
  check_round_trip(bytes);
  return 0;
}
