// A spool kind of a module. What every kind promises is in unit/spool/conformance_test.cpp.
#include "abi/house.hpp"
#include "spool/record_store.hpp"
#include "unit/spool/fixture.hpp"

using namespace godwit;

namespace {

std::string why_not(const value& kind) {
  const value written = object{{"name", "data"}, {"path", "/x"}, {"kind", kind}};
  const auto parsed = config::parse_options(spool::store_option_table(), written);
  return parsed ? std::string() : parsed.why().text;
}

spool::store_options store(const test::directory& d, const std::string& name, const std::string& path = {}) {
  const value written =
      object{{"name", name}, {"path", (d.path() / (path.empty() ? name : path)).string()}, {"kind", "Probe_Map"}};
  auto parsed = config::parse_options(spool::store_option_table(), written);
  REQUIRE_MESSAGE(parsed.ok(), parsed.why().text);
  return *parsed;
}

}  // namespace

TEST_CASE("a kind is known while its module is loaded") {
  CHECK(why_not("probe_map").find("unknown kind \"probe_map\"") != std::string::npos);
  CHECK(why_not("memory").find("is provided by the module memory_spool: enable it with [modules.memory_spool]") !=
        std::string::npos);
  test::house house;
  house.load_probe();
  CHECK(why_not("probe_map").empty());
  CHECK(why_not("probe_mop").find("did you mean \"probe_map\"?") != std::string::npos);
  CHECK(why_not("RocksBD").find("did you mean \"RocksDB\"?") != std::string::npos);
}

TEST_CASE("a store of a module, and its errors") {
  test::house house;
  house.load_probe();
  test::directory d;
  const auto opened = spool::open_store(store(d, "data"), store(d, "meta"));
  REQUIRE(opened.ok());
  auto& s = **opened;
  const auto key = uuid::make_v1();
  spool::operation put{.what = spool::operation::kind::put, .where = spool::table::data, .key = key, .head = "a", .tail = "b"};
  std::uint64_t flushes = 0;
  REQUIRE(s.commit({&put, 1}, spool::durability::synced, flushes).ok());
  CHECK(flushes == 1);
  CHECK(**s.load(spool::table::data, key) == "ab");
  CHECK_FALSE(*s.contains(spool::table::meta, key));
  put.head = "fail";
  const auto failed = s.commit({&put, 1}, spool::durability::synced, flushes);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.why().text == "spool: probe_map: commit: told to fail");
  s.close();
  const auto refused = spool::open_store(store(d, "data", "refused"), store(d, "meta"));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.why().text.find("this place is refused") != std::string::npos);
}

TEST_CASE("a module cannot go while it keeps the spool") {
  test::house house;
  house.load_probe();
  test::directory d;
  auto opened = spool::open_store(store(d, "data"), store(d, "meta"));
  REQUIRE(opened.ok());
  house.await([&]() -> rt::task<> {
    const auto refused = co_await house.modules.unload("probe", std::chrono::seconds(1));
    CHECK(refused.why().text.find("keeps the server's spool") != std::string::npos);
    co_await house.modules.stop(std::chrono::seconds(1));
    CHECK(house.modules.has("probe"));
    (*opened)->close();
    co_await house.modules.stop(std::chrono::seconds(10));
    CHECK_FALSE(house.modules.has("probe"));
  });
}
