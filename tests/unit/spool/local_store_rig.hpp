#pragma once
// A LocalDisk store with small journals, and what a server that dies now would leave of it.

#include <map>

#include "bad_disk.hpp"
#include "fixture.hpp"
#include "spool/local_store.hpp"

namespace godwit::test {

using spool::durability;
using spool::local_store;
using spool::operation;
using spool::place;
using spool::record_store;
using spool::table;

inline constexpr std::uint64_t limit = 64 * 1024;
using contents = std::map<place, std::string>;

inline spool::store_options options(const std::filesystem::path& root, const char* name) {
  spool::store_options o;
  o.name = name;
  o.path = (root / name).string();
  o.kind = spool::store_kind::local_disk;
  return o;
}

inline std::unique_ptr<record_store> open(const std::filesystem::path& root) {
  auto opened = local_store::open_pair(options(root, "data"), options(root, "meta"), limit);
  INFO((opened ? std::string() : opened.why().text));
  REQUIRE(opened.ok());
  return std::move(*opened);
}

inline operation put(const place& at, std::string_view text, bool is_fresh = true) {
  return {.where = at.first, .is_fresh = is_fresh, .key = at.second, .head = text};
}
inline operation erase(const place& at) { return put(at, {}).inverse(); }

inline result<void> commit(record_store& s, std::vector<operation> group, durability wanted = durability::synced) {
  std::uint64_t flushes = 0;
  return s.commit(group, wanted, flushes);
}

inline place new_body() { return {table::data, uuid::make_v1()}; }
inline place new_meta() { return {table::meta, uuid::make_v1()}; }

/// All records, by every way to ask for them.
inline contents records_of(record_store& s) {
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

inline contents after_a_crash(const std::filesystem::path& root) { return crash(root).found(); }

inline std::size_t files(const std::filesystem::path& root) {
  return count_files(root / "data" / "data") + count_files(root / "meta" / "data");
}

/// Fills the journal that is written, so that the next group turns over.
inline contents fill(record_store& s) {
  contents all;
  for (int i = 0; i < 7; ++i) {
    const auto at = new_body();
    all[at] = std::string(9000, static_cast<char>('a' + i));
    REQUIRE(commit(s, {put(at, all[at])}).ok());
  }
  return all;
}

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

}  // namespace godwit::test
