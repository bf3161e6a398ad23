// LocalDisk with a disk that fails.
#include <sys/stat.h>

#include "local_store_rig.hpp"

namespace godwit::test {

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

}  // namespace godwit::test
