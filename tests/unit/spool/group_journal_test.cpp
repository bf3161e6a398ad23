#include "spool/group_journal.hpp"

#include "bad_disk.hpp"
#include "fixture.hpp"

namespace godwit::test {

using spool::group_journal;
using spool::operation;

namespace {

constexpr std::uint64_t limit = 64 * 1024;

std::vector<operation> group_of(std::string_view text) {
  return {{.where = spool::table::data, .is_fresh = true, .key = uuid::make_v1(), .head = text}};
}

struct journal_fixture {
  directory d;
  group_journal j{d.path().string(), "journal.0", limit};
  std::uint64_t sequence = 1;

  journal_fixture() { REQUIRE(j.start_anew(sequence++).ok()); }
  result<void> append(std::string_view text, bool is_synced = true) {
    const auto group = group_of(text);
    auto written = j.append(group, sequence++);
    return written && is_synced ? j.flush() : written;
  }
  /// The first bytes of each group, as another process reads them.
  std::vector<std::string> contents() const {
    group_journal other(d.path().string(), "journal.0", limit);
    std::string bytes;
    auto left = other.load(bytes);
    REQUIRE(left.ok());
    CHECK(other.is_empty() == left->groups.empty());
    std::vector<std::string> all;
    for (const auto& g : left->groups) all.emplace_back(g.operations.at(0).head.substr(0, 10));
    return all;
  }
  std::uintmax_t size() const { return std::filesystem::file_size(d.path() / "journal.0"); }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("journal: an absent one is empty and has no room") {
  directory d;
  group_journal j(d.path().string(), "journal.0", limit);
  std::string bytes;
  const auto left = j.load(bytes);
  REQUIRE(left.ok());
  CHECK(left->groups.empty());
  CHECK(j.is_empty());
  CHECK_FALSE(j.has_room(1));
}

TEST_CASE("journal: groups come back, those of an earlier use do not") {
  journal_fixture f;
  CHECK(f.j.is_empty());
  for (const auto* text : {"one", "two", "three"}) REQUIRE(f.append(text).ok());
  CHECK(f.contents() == texts{"one", "two", "three"});
  CHECK_FALSE(f.j.is_empty());
  REQUIRE(f.j.start_anew(f.sequence++).ok());
  CHECK(f.j.is_empty());
  CHECK(f.contents().empty());
  REQUIRE(f.append("four").ok());
  CHECK(f.contents() == texts{"four"});
}

TEST_CASE("journal: another process goes on behind the last whole group") {
  journal_fixture f;
  for (const auto* text : {"one", "two", "three"}) REQUIRE(f.append(text).ok());
  std::fstream(f.d.path() / "journal.0", std::ios::in | std::ios::out | std::ios::binary).seekp(f.j.used() - 1).put('x');  // torn
  group_journal next(f.d.path().string(), "journal.0", limit);
  std::string bytes;
  REQUIRE(next.load(bytes).ok());
  CHECK(next.used() < f.j.used());
  REQUIRE(next.has_room(1000));
  for (const auto* text : {"4", "a group that is longer than the torn one"}) REQUIRE(next.append(group_of(text), f.sequence++).ok());
  CHECK(f.contents() == texts{"one", "two", "4", "a group th"});
  CHECK(f.size() == bytes.size());
}

TEST_CASE("journal: it has room up to its limit, and for one larger group, whose space it gives back") {
  journal_fixture f;
  CHECK(f.j.has_room(100 * limit));
  REQUIRE(f.append(std::string(5 * limit, 'L')).ok());
  CHECK_FALSE(f.j.has_room(1));
  CHECK(f.contents().size() == 1);
  REQUIRE(f.j.start_anew(f.sequence++).ok());
  CHECK(f.size() == limit);
  while (f.j.has_room(1000)) REQUIRE(f.append(std::string(900, 'x')).ok());
  CHECK(f.j.used() <= limit);
  CHECK(f.size() <= 2 * limit);
}

TEST_CASE("journal: after a failed flush nothing is written behind it") {
  // A group without a flush may be lost by one that fails: what follows it would not be found.
  journal_fixture f;
  REQUIRE(f.append("kept").ok());
  REQUIRE(f.append("unflushed", false).ok());
  {
    const failing_call bad(disk_call::fdatasync);
    const auto failed = f.append("failed");
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.why().text.find("cannot flush") != std::string::npos);
    CHECK(failed.why().text.find("journal.0") != std::string::npos);
  }
  CHECK_FALSE(f.j.has_room(1));
  CHECK_FALSE(f.j.is_empty());
  REQUIRE(f.j.start_anew(f.sequence++).ok());
  REQUIRE(f.append("later").ok());
  CHECK(f.contents() == texts{"later"});
}

TEST_CASE("journal: a start that fails leaves it without room") {
  journal_fixture f;
  {
    const failing_call bad(disk_call::fdatasync);
    CHECK_FALSE(f.j.start_anew(f.sequence++).ok());
  }
  CHECK_FALSE(f.j.has_room(1));
  REQUIRE(f.j.start_anew(f.sequence++).ok());
  CHECK(f.j.has_room(1));
}

TEST_CASE("journal: one that was removed under the server is an error") {
  journal_fixture f;
  REQUIRE(f.append("one").ok());
  std::filesystem::remove(f.d.path() / "journal.0");
  CHECK_FALSE(f.append("two").ok());
}

TEST_CASE("journal: a damaged one is kept beside the new one") {
  journal_fixture f;
  for (const auto* text : {"one", "two", "three"}) REQUIRE(f.append(text).ok());
  {
    std::fstream file(f.d.path() / "journal.0", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(f.j.used() / 2));
    file.put('\xff');
  }
  std::string bytes;
  const auto left = f.j.load(bytes);
  REQUIRE(left.ok());
  CHECK(left->damaged == 1);
  CHECK(left->groups.size() == 2);
  REQUIRE(f.j.start_anew(f.sequence++).ok());
  CHECK(std::filesystem::exists(f.d.path() / "journal.0.damaged"));
  CHECK(f.contents().empty());
  REQUIRE(f.append("new").ok());
  CHECK(f.contents() == texts{"new"});
}

}  // namespace godwit::test
