#include "spool/journal_format.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

namespace {

constexpr std::uint64_t mark = 0x1122334455667788;

operation put(std::string_view head, std::string_view tail = {}) {
  return {.where = table::data, .is_fresh = true, .key = uuid::make_v1(), .head = head, .tail = tail};
}

std::string group(std::uint64_t sequence, std::string_view text, std::uint64_t under = mark) {
  const std::vector<operation> all{put(text)};
  return encode_group(all, under, sequence);
}

/// "SEQUENCE:bytes" of every put, "SEQUENCE-" of every erase.
std::vector<std::string> lines_of(const journal_contents& contents) {
  std::vector<std::string> all;
  for (const auto& g : contents.groups) {
    for (const auto& op : g.operations) {
      const bool is_put = op.what == operation::kind::put;
      all.push_back(is_put ? fmt::format("{}:{}", g.sequence, op.head) : fmt::format("{}-", g.sequence));
    }
  }
  return all;
}

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("groups come back whole and in order") {
  const std::vector<operation> first{put("head ", "tail"), put("")};
  const std::vector<operation> second{first[0].inverse()};
  const auto bytes = encode_group({}, mark, 6) + encode_group(first, mark, 7) + encode_group(second, mark, 8);
  const auto contents = read_journal(bytes);
  CHECK(lines_of(contents) == lines{"7:head tail", "7:", "8-"});
  CHECK(contents.groups[1].operations[0].key == first[0].key);
  CHECK(contents.damaged == 0);
  CHECK(encoded_size(first) == encode_group(first, mark, 7).size());
}

TEST_CASE("no journal, an unused one and zeros hold nothing") {
  for (const auto& bytes : {std::string(), encode_group({}, mark, 1), std::string(4096, '\0')}) {
    const auto contents = read_journal(bytes);
    CHECK(contents.groups.empty());
    CHECK(contents.damaged == 0);
  }
}

TEST_CASE("a group is there when its last byte is") {
  const auto start = encode_group({}, mark, 1) + group(2, "whole"), last = group(3, "torn");
  for (std::size_t size = 0; size < last.size(); ++size) {
    auto bytes = start + last.substr(0, size);
    CHECK(lines_of(read_journal(bytes)) == lines{"2:whole"});
    bytes.resize(start.size() + 4096);  // space that was prepared
    const auto contents = read_journal(bytes);
    CHECK(lines_of(contents) == lines{"2:whole"});
    CHECK(contents.damaged == 0);
  }
  CHECK(lines_of(read_journal(start + last)) == lines{"2:whole", "3:torn"});
}

TEST_CASE("every changed byte is seen, and costs its own group only") {
  const auto head = encode_group({}, mark, 1), bad = group(2, "changed"), good = group(3, "good");
  for (std::size_t at = 0; at < bad.size(); ++at) {
    auto bytes = head + bad + good;
    bytes[head.size() + at] = static_cast<char>(bytes[head.size() + at] ^ 0x10);
    const auto contents = read_journal(bytes);
    CHECK(lines_of(contents) == lines{"3:good"});
    CHECK(contents.damaged == 1);
  }
}

TEST_CASE("a damaged start is told") {
  auto bytes = encode_group({}, mark, 1) + group(2, "lost");
  bytes[3] = static_cast<char>(bytes[3] ^ 1);
  const auto contents = read_journal(bytes);
  CHECK(contents.groups.empty());
  CHECK(contents.damaged == 1);
}

TEST_CASE("groups of an earlier use are not there") {
  constexpr std::uint64_t before = 99;
  auto bytes = encode_group({}, before, 1) + group(2, "same size", before) + group(30, "same size", before);
  const auto fresh = encode_group({}, mark, 10) + group(11, "same size");
  bytes.replace(0, fresh.size(), fresh);
  const auto contents = read_journal(bytes);
  CHECK(lines_of(contents) == lines{"11:same size"});
  CHECK(contents.damaged == 0);
}

TEST_CASE("a group inside a message is no group") {
  // What somebody sends to have it found behind the last group of a later use: its mark is not known to him.
  const auto forged = group(1000, "injected", 4711);
  std::string body;
  for (int i = 0; i < 200; ++i) body += forged;
  auto bytes = encode_group({}, 99, 1) + group(2, body, 99);
  const auto fresh = encode_group({}, mark, 10) + group(11, "short");
  bytes.replace(0, fresh.size(), fresh);
  CHECK(lines_of(read_journal(bytes)) == lines{"11:short"});
}

TEST_CASE("operations that claim more than there is make no group") {
  const auto start = encode_group({}, mark, 1);
  auto operations = group(2, "abc").substr(start.size());
  CHECK(lines_of(read_journal(start + seal_group(operations, mark, 2))) == lines{"2:abc"});
  operations[8] = 4;  // its size
  CHECK(read_journal(start + seal_group(operations, mark, 2)).groups.empty());
  operations[8] = 3;
  operations[0] = 2;  // neither put nor erase
  CHECK(read_journal(start + seal_group(operations, mark, 2)).groups.empty());
}

}  // namespace godwit::spool
