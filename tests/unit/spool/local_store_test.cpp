// LocalDisk between journal and files: at each instant at which a server may die.
#include "local_store_rig.hpp"

namespace godwit::test {

TEST_CASE("LocalDisk: a group is in the journal alone, and a crash leaves it there whole") {
  directory d;
  auto s = open(d.path());
  const auto body = new_body(), meta = new_meta(), empty = new_body();
  REQUIRE(commit(*s, {put(body, "body"), put(meta, "meta"), put(empty, "")}).ok());
  CHECK(files(d.path()) == 0);
  const contents all{{body, "body"}, {meta, "meta"}, {empty, ""}};
  CHECK(records_of(*s) == all);
  CHECK(after_a_crash(d.path()) == all);
  s->close();
  CHECK(files(d.path()) == 3);
  CHECK(after_a_crash(d.path()) == all);
}

TEST_CASE("LocalDisk: a group that was cut off leaves nothing of itself") {
  directory d;
  auto s = open(d.path());
  const auto first = new_body();
  REQUIRE(commit(*s, {put(first, "first")}).ok());
  const std::string large(3000, 'x');
  REQUIRE(commit(*s, {put(new_body(), large), put(new_meta(), "its metadata")}).ok());
  const crash after(d.path());
  std::filesystem::resize_file(after.path() / "meta" / "journal.0", 2500);
  CHECK(after.found() == contents{{first, "first"}});
}

TEST_CASE("LocalDisk: removed while only the journal has it, it is gone after a crash and never was a file") {
  directory d;
  auto s = open(d.path());
  const auto kept = new_body(), gone = new_body();
  REQUIRE(commit(*s, {put(kept, "kept"), put(gone, "gone")}).ok());
  REQUIRE(commit(*s, {erase(gone)}, durability::buffered).ok());
  CHECK(after_a_crash(d.path()) == contents{{kept, "kept"}});
  s->close();
  CHECK(files(d.path()) == 1);
}

TEST_CASE("LocalDisk: a file that was replaced or removed is, although the crash comes before its file has changed") {
  directory d;
  auto s = open(d.path());
  const auto replaced = new_meta(), removed = new_body(), both = new_meta();
  REQUIRE(commit(*s, {put(replaced, "old"), put(removed, "old"), put(both, "old")}).ok());
  s->close();
  s = open(d.path());
  const contents all{{replaced, "new"}, {both, "again"}};
  std::optional<crash> first, second;
  {
    // No group waits for files of what it removes.
    hanging_call disk(disk_call::unlinkat);
    REQUIRE(commit(*s, {erase(removed), erase(both), put(replaced, "new", false), put(both, "again")}).ok());
    disk.wait();
    CHECK(records_of(*s) == all);
    first.emplace(d.path());
    REQUIRE(commit(*s, {erase(replaced), erase(both)}, durability::buffered).ok());
    CHECK(records_of(*s).empty());
    CHECK(files(d.path()) == 3);
    second.emplace(d.path());
  }
  CHECK(first->found() == all);
  CHECK(second->found().empty());
  s->close();
  CHECK(files(d.path()) == 0);
}

TEST_CASE("LocalDisk: a crash while records become files, before their flush") {
  half_written h;
  CHECK(h.after->found() == h.all);
  CHECK(records_of(*h.s) == h.all);
  h.s->close();
  CHECK(files(h.d.path()) == h.all.size());
  CHECK(records_of(*open(h.d.path())) == h.all);
}

TEST_CASE("LocalDisk: after a crash that left both journals groups are taken") {
  half_written h;
  std::unique_ptr<record_store> s;
  const auto later = new_body();
  {
    hanging_call disk(disk_call::syncfs, 1);  // no group waits until the older journal's records are files
    s = open(h.after->path());
    disk.wait();
    REQUIRE(commit(*s, {put(later, "later")}).ok());
    h.all[later] = "later";
    CHECK(records_of(*s) == h.all);
  }
  h.all.merge(fill(*s));
  CHECK(records_of(*s) == h.all);
  s->close();
  CHECK(records_of(*open(h.after->path())) == h.all);
}

TEST_CASE("LocalDisk: a damaged journal gives what can be read, and is kept") {
  directory d;
  auto s = open(d.path());
  auto all = fill(*s);
  const crash after(d.path());
  {
    std::fstream file(after.path() / "meta" / "journal.0", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3 * 9064);
    file.put('\xff');
  }
  CHECK(after.found().size() == all.size() - 1);
  CHECK(std::filesystem::exists(after.path() / "meta" / "journal.0.damaged"));
}

TEST_CASE("LocalDisk: a journal of both stores is not read by one of them") {
  directory d;
  auto s = open(d.path());
  REQUIRE(commit(*s, {put(new_body(), "body"), put(new_meta(), "meta")}).ok());
  const crash after(d.path());
  const auto single = local_store::open_single(table::meta, options(after.path(), "meta"));
  REQUIRE_FALSE(single.ok());
  CHECK(single.why().text.find("records of both stores") != std::string::npos);
}

TEST_CASE("LocalDisk: a group larger than a journal") {
  directory d;
  auto s = open(d.path());
  auto all = fill(*s);
  for (const char c : {'L', 'M'}) {
    const auto at = new_body();
    all[at] = std::string(3 * limit, c);
    REQUIRE(commit(*s, {put(at, all[at])}).ok());
  }
  CHECK(records_of(*s) == all);
  all.merge(fill(*s));
  s->close();
  CHECK(records_of(*open(d.path())) == all);
}

TEST_CASE("LocalDisk: what follows a restart in order is there after a crash, in whichever journal it is") {
  directory d;
  contents all;
  for (int start = 0; start < 4; ++start) {
    auto s = open(d.path());
    for (int turn = 0; turn < 3; ++turn) {
      all.merge(fill(*s));
      const auto at = new_meta();
      all[at] = "last";
      REQUIRE(commit(*s, {put(at, "last")}).ok());
      CHECK(after_a_crash(d.path()) == all);
    }
    s->close();
  }
}

}  // namespace godwit::test
