// LocalDisk between journal and files: at each instant at which a server may die, and with a disk that fails.
#include "spool/local_store.hpp"

#include <sys/stat.h>

#include <map>

#include "bad_disk.hpp"
#include "fixture.hpp"

namespace godwit::test {

using spool::durability;
using spool::local_store;
using spool::operation;
using spool::place;
using spool::record_store;
using spool::table;

namespace {

constexpr std::uint64_t limit = 64 * 1024;
using contents = std::map<place, std::string>;

spool::store_options options(const std::filesystem::path& root, const char* name) {
  spool::store_options o;
  o.name = name;
  o.path = (root / name).string();
  o.kind = spool::store_kind::local_disk;
  return o;
}

std::unique_ptr<record_store> open(const std::filesystem::path& root) {
  auto opened = local_store::open_pair(options(root, "data"), options(root, "meta"), limit);
  INFO((opened ? std::string() : opened.why().text));
  REQUIRE(opened.ok());
  return std::move(*opened);
}

operation put(const place& at, std::string_view text, bool is_fresh = true) {
  return {.where = at.first, .is_fresh = is_fresh, .key = at.second, .head = text};
}
operation erase(const place& at) { return put(at, {}).inverse(); }

result<void> commit(record_store& s, std::vector<operation> group, durability wanted = durability::synced) {
  std::uint64_t flushes = 0;
  return s.commit(group, wanted, flushes);
}

place new_body() { return {table::data, uuid::make_v1()}; }
place new_meta() { return {table::meta, uuid::make_v1()}; }

/// All records, by every way to ask for them.
contents records_of(record_store& s) {
  contents all;
  const auto meta = s.each_meta([&](const uuid& key, std::string_view text) {
    CHECK(all.emplace(place{table::meta, key}, text).second);
    return true;
  });
  const auto data = s.each_loose_body([&](const uuid& key) {
    auto text = s.load(table::data, key);
    REQUIRE(text.ok());
    if (*text) CHECK(all.emplace(place{table::data, key}, **text).second);
    CHECK(*s.contains(table::data, key) == text->has_value());
    return true;
  });
  CHECK((meta.ok() && data.ok()));
  return all;
}

/// What is on the disk if the server dies now.
class crash {
 public:
  explicit crash(const std::filesystem::path& root) {
    const still_disk now;
    std::filesystem::copy(root, copy_.path(), std::filesystem::copy_options::recursive);
  }
  std::filesystem::path path() const { return copy_.path(); }
  /// The next start finds this, and the one after it.
  contents found() const {
    auto s = open(path());
    auto all = records_of(*s);
    s->close();
    CHECK(records_of(*open(path())) == all);
    return all;
  }

 private:
  directory copy_;
};

contents after_a_crash(const std::filesystem::path& root) { return crash(root).found(); }

std::size_t files(const std::filesystem::path& root) {
  return count_files(root / "data" / "data") + count_files(root / "meta" / "data");
}

/// Fills the journal that is written, so that the next group turns over.
contents fill(record_store& s) {
  contents all;
  for (int i = 0; i < 7; ++i) {
    const auto at = new_body();
    all[at] = std::string(9000, static_cast<char>('a' + i));
    REQUIRE(commit(s, {put(at, all[at])}).ok());
  }
  return all;
}

}  // namespace

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

TEST_CASE("LocalDisk: what is removed stays removed while its file cannot be, and goes when it can") {
  directory d;
  auto s = open(d.path());
  const auto gone = new_meta(), later = new_body();
  REQUIRE(commit(*s, {put(gone, "gone")}).ok());
  s->close();
  s = open(d.path());
  std::optional<crash> after;
  {
    const failing_call bad(disk_call::unlinkat);
    REQUIRE(commit(*s, {erase(gone)}, durability::buffered).ok());
    REQUIRE(commit(*s, {put(later, "later")}).ok());
    after.emplace(d.path());
    s->close();
    CHECK(files(d.path()) == 1);
  }
  CHECK(after->found() == contents{{later, "later"}});
  CHECK(after_a_crash(d.path()) == contents{{later, "later"}});
}

namespace {

/// A store whose older journal's records are files that were not flushed yet, and whose newer journal removed and replaced
/// some of them.
struct half_written {
  directory d;
  std::unique_ptr<record_store> s = open(d.path());
  contents all = fill(*s);
  std::optional<crash> after;

  half_written() {
    hanging_call disk(disk_call::syncfs);
    const auto dropped = all.begin()->first, replaced = std::next(all.begin())->first;
    all.merge(fill(*s));  // turns over
    disk.wait();
    CHECK(files(d.path()) == 7);
    REQUIRE(commit(*s, {erase(dropped), put(replaced, "newer", false)}).ok());
    all.erase(dropped);
    all[replaced] = "newer";
    CHECK(records_of(*s) == all);
    CHECK_FALSE(*s->contains(dropped.first, dropped.second));
    after.emplace(d.path());
  }
};

}  // namespace

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

TEST_CASE("LocalDisk: a spool whose files cannot be written starts, is read, and goes on when the disk does") {
  half_written h;
  h.s->close();
  std::unique_ptr<record_store> s;
  {
    const failing_call bad(disk_call::syncfs, 1);  // the start itself
    s = open(h.after->path());
    CHECK(records_of(*s) == h.all);
    const auto taken = new_body();
    REQUIRE(commit(*s, {put(taken, "taken")}).ok());  // the newer journal has room for it
    h.all[taken] = "taken";
    const auto refused = commit(*s, {put(new_body(), std::string(9000, 'r'))});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.why().text.find("cannot flush") != std::string::npos);
    CHECK_FALSE(s->probe().ok());
    CHECK(records_of(*s) == h.all);
  }
  REQUIRE(s->probe().ok());
  const auto later = new_body();
  REQUIRE(commit(*s, {put(later, "later")}).ok());
  h.all[later] = "later";
  s->close();
  CHECK(records_of(*open(h.after->path())) == h.all);
}

TEST_CASE("LocalDisk: while records cannot become files the journals take what they can, then groups are refused") {
  directory d;
  auto s = open(d.path());
  auto all = fill(*s);
  std::optional<crash> after;
  {
    const failing_call bad(disk_call::syncfs);
    all.merge(fill(*s));
    CHECK_FALSE(commit(*s, {put(new_body(), std::string(9000, 'x'))}).ok());
    CHECK_FALSE(s->probe().ok());
    CHECK(records_of(*s) == all);
    after.emplace(d.path());
  }
  CHECK(after->found() == all);
  REQUIRE(s->probe().ok());
  all.merge(fill(*s));
  CHECK(records_of(*s) == all);
  s->close();
  CHECK(records_of(*open(d.path())) == all);
}

TEST_CASE("LocalDisk: a failed flush of the journal takes nothing along that was acknowledged") {
  directory d;
  auto s = open(d.path());
  const auto kept = new_body(), gone = new_body(), failed = new_body(), later = new_body();
  REQUIRE(commit(*s, {put(kept, "kept"), put(gone, "gone")}).ok());
  REQUIRE(commit(*s, {erase(gone)}, durability::buffered).ok());
  {
    const failing_call bad(disk_call::fdatasync);
    CHECK_FALSE(commit(*s, {put(failed, "failed")}).ok());
  }
  const contents all{{kept, "kept"}, {later, "later"}};
  std::optional<crash> after;
  {
    hanging_call disk(disk_call::syncfs);
    REQUIRE(commit(*s, {erase(failed), put(later, "later")}).ok());  // what the committer does
    disk.wait();  // the journal is not written any more: its records become files
    after.emplace(d.path());
  }
  CHECK(after->found() == all);
  CHECK(records_of(*s) == all);
}

TEST_CASE("LocalDisk: a probe fails while the journal cannot be flushed, and makes it usable again") {
  directory d;
  auto s = open(d.path());
  const auto kept = new_body(), later = new_body();
  REQUIRE(commit(*s, {put(kept, "kept")}).ok());
  {
    const failing_call bad(disk_call::fdatasync);
    CHECK_FALSE(commit(*s, {put(new_body(), "failed")}).ok());
    CHECK_FALSE(s->probe().ok());
    CHECK_FALSE(s->probe().ok());
    CHECK(s->load(kept.first, kept.second).ok());
  }
  REQUIRE(s->probe().ok());
  REQUIRE(commit(*s, {put(later, "later")}).ok());
  const contents all{{kept, "kept"}, {later, "later"}};
  CHECK(records_of(*s) == all);
  s->close();
  CHECK(records_of(*open(d.path())) == all);
}

TEST_CASE("LocalDisk: closing on a bad disk leaves to the next start what only the journal has") {
  directory d;
  auto s = open(d.path());
  const auto at = new_body();
  REQUIRE(commit(*s, {put(at, "kept")}).ok());
  {
    const failing_call bad(disk_call::syncfs);
    s->close();
    s.reset();
  }
  CHECK(after_a_crash(d.path()) == contents{{at, "kept"}});
}

TEST_CASE("LocalDisk: closing tries once more what a disk refused that has recovered by then") {
  directory d;
  auto s = open(d.path());
  const auto old = new_meta();
  REQUIRE(commit(*s, {put(old, "old")}).ok());
  s->close();
  s = open(d.path());
  auto all = fill(*s);
  {
    const failing_call bad(disk_call::syncfs), worse(disk_call::unlinkat);
    all.merge(fill(*s));
    REQUIRE(commit(*s, {erase(old)}, durability::buffered).ok());
    REQUIRE_FALSE(commit(*s, {put(new_body(), std::string(9000, 'x'))}).ok());
  }
  s->close();
  CHECK(files(d.path()) == all.size());
}

TEST_CASE("LocalDisk: files that were flushed are not written again while their journal cannot be started anew") {
  directory d;
  auto s = open(d.path());
  auto all = fill(*s);
  const auto numbers = [&] {
    std::map<std::string, ino_t> found;
    for (const auto& e : std::filesystem::recursive_directory_iterator(d.path() / "data" / "data")) {
      struct stat info {};
      if (e.is_regular_file() && ::stat(e.path().c_str(), &info) == 0) found[e.path()] = info.st_ino;
    }
    return found;
  };
  std::optional<failing_call> bad;
  {
    hanging_call disk(disk_call::syncfs);
    all.merge(fill(*s));
    disk.wait();
    bad.emplace(disk_call::fsync);
  }
  REQUIRE(eventually([&] { return !s->probe().ok(); }));
  const auto before = numbers();
  CHECK(before.size() == 7);
  CHECK_FALSE(s->probe().ok());
  CHECK(numbers() == before);
  bad.reset();
  REQUIRE(s->probe().ok());
  CHECK(records_of(*s) == all);
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
