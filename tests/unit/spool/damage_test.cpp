// Spools that a crash or a foreign hand has left in disorder.
#include <rocksdb/db.h>

#include "bad_disk.hpp"
#include "fixture.hpp"
#include "spool/file_tree.hpp"

namespace godwit::test {

using spool::file_tree;
using spool::store_kind;

namespace {

constexpr kinds local{store_kind::local_disk, store_kind::local_disk};
constexpr kinds rocks{store_kind::rocks_db, store_kind::rocks_db};

void write_file(const std::filesystem::path& to, const std::string& text) {
  std::filesystem::create_directories(to.parent_path());
  std::ofstream(to) << text;
}

rocksdb::Slice slice(const uuid& id) { return {reinterpret_cast<const char*>(id.bytes.data()), 16}; }

}  // namespace

TEST_CASE("LocalDisk: a damaged record is kept and skipped") {
  spool_fixture f(local);
  auto good = message("x\r\n");
  REQUIRE(f.store(*good).ok());
  const auto bad = f.path() / "meta" / "data" / file_tree::name_of(uuid::make_v1());
  write_file(bad, "{\"sender\":");
  f.reopen();
  CHECK(f.enumerate().size() == 1);
  CHECK(std::filesystem::exists(bad));
}

TEST_CASE("LocalDisk: leftovers in new/ and bodies without a message are removed") {
  spool_fixture f(local);
  auto good = message("x\r\n");
  REQUIRE(f.store(*good).ok());
  const auto leftover = f.path() / "data" / "new" / "half";
  const auto orphan = f.path() / "data" / "data" / file_tree::name_of(uuid::make_v1());
  write_file(leftover, "half");
  write_file(orphan, "a body whose metadata never came");
  f.reopen();
  CHECK_FALSE(std::filesystem::exists(leftover));
  CHECK(f.enumerate().size() == 1);
  f.reopen();  // the sweep has been written
  CHECK_FALSE(std::filesystem::exists(orphan));
  CHECK(count_files(f.path() / "data" / "data") == 1);
}

TEST_CASE("LocalDisk: nothing is swept while a record cannot be read") {
  spool_fixture f(local);
  const auto orphan = f.path() / "data" / "data" / file_tree::name_of(uuid::make_v1());
  write_file(orphan, "perhaps needed");
  write_file(f.path() / "meta" / "data" / file_tree::name_of(uuid::make_v1()), "damaged");
  f.reopen();
  CHECK(f.enumerate().empty());
  f.reopen();
  CHECK(std::filesystem::exists(orphan));
}

TEST_CASE("LocalDisk: nothing is swept while the disk does not say whether there is metadata") {
  spool_fixture f(local);
  auto m = message("x\r\n");
  REQUIRE(f.store(*m).ok());
  f.reopen();
  {
    const failing_call bad(disk_call::faccessat);
    const auto count = f.run([&]() -> rt::task<result<std::size_t>> {
      std::function<void(mail::message_ref)> ignore = [](mail::message_ref) {};
      co_return co_await f.spool().enumerate(ignore);
    });
    REQUIRE_FALSE(count.ok());
    CHECK(count.why().text.find("cannot look for") != std::string::npos);
  }
  f.reopen();  // a sweep would have been written
  CHECK(f.load_data(*m).ok());
}

TEST_CASE("LocalDisk: empty directories are removed") {
  spool_fixture f(local);
  auto m = message("x\r\n");
  REQUIRE(f.store(*m).ok());
  std::filesystem::create_directories(f.path() / "meta" / "data" / "00" / "11" / "22" / "33");
  f.spool().remove(*m);
  f.reopen();
  CHECK(f.enumerate().empty());
  CHECK(std::filesystem::is_empty(f.path() / "data" / "data"));
  for (int i = 0; i < 4; ++i) CHECK(f.enumerate().empty());  // a level each time
  CHECK(std::filesystem::is_empty(f.path() / "meta" / "data"));
}

TEST_CASE("RocksDB: a damaged record is kept and skipped") {
  spool_fixture f(rocks);
  auto good = message("x\r\n");
  REQUIRE(f.store(*good).ok());
  f.spool().close();
  const uuid bad = uuid::make_v1();
  {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto* name : {"default", "meta", "data", "bodies"}) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    families[2].options.cf_paths = {{(f.path() / "data").string(), std::uint64_t{1} << 62}};
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    REQUIRE(rocksdb::DB::Open({}, (f.path() / "meta").string(), families, &handles, &db).ok());
    REQUIRE(db->Put({}, handles[1], slice(bad), "no json").ok());
    REQUIRE(db->Put({}, handles[3], slice(uuid::make_v1()), "").ok());
    REQUIRE(db->Put({}, handles[1], "short key", "{}").ok());
    for (auto* h : handles) db->DestroyColumnFamilyHandle(h);
    delete db;
  }
  f.open();
  CHECK(f.enumerate().size() == 1);
  const auto why = f.load_meta(bad);
  REQUIRE_FALSE(why.ok());
  CHECK(why.why().text.find(bad.simple()) != std::string::npos);
}

TEST_CASE("RocksDB: a spool written by KumoMTA is used in its own layout") {
  spool_fixture f(rocks);
  f.spool().close();
  std::filesystem::remove_all(f.path() / "data");
  std::filesystem::remove_all(f.path() / "meta");
  const uuid id = uuid::make_v1();
  rocksdb::Options o;
  o.create_if_missing = true;
  for (const auto& [name, text] : {std::pair{"data", "Subject: k\r\n\r\nx\r\n"},
                                   {"meta", R"({"sender":"a@b.c","recipient":"d@e.f","meta":{},"schedule":null})"}}) {
    rocksdb::DB* db = nullptr;
    REQUIRE(rocksdb::DB::Open(o, (f.path() / name).string(), &db).ok());
    REQUIRE(db->Put({}, slice(id), text).ok());
    delete db;
  }
  f.open();
  auto found = f.enumerate();
  REQUIRE(found.size() == 1);
  REQUIRE(f.load_data(*found[0]).ok());
  CHECK(found[0]->content.join() == "Subject: k\r\n\r\nx\r\n");
  f.spool().remove(*found[0]);
  auto mine = message("mine\r\n");
  REQUIRE(f.store(*mine).ok());
  f.reopen();
  found = f.enumerate();
  REQUIRE(found.size() == 1);
  CHECK(found[0]->id == mine->id);
}

TEST_CASE("open says what is missing") {
  rt::blocking_pool pool("none", 1);
  const auto none = spool::open({}, pool);
  REQUIRE_FALSE(none.ok());
  CHECK(none.why().text.find("data") != std::string::npos);
  directory d;
  spool::store_options a, b;
  a.name = "data";
  b.name = "meta";
  a.path = b.path = d.path().string();
  const auto same = spool::open({a, b}, pool);
  REQUIRE_FALSE(same.ok());
  CHECK(same.why().text.find("same path") != std::string::npos);
}

}  // namespace godwit::test
