// The life of a module: phases, timers, unloading while something is open.
#include "abi/house.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

std::uint64_t ticks() { return metrics::get_counter("godwit_probe_ticks_total", "")->read(); }

void wait_for_tick() {
  const auto before = ticks();
  for (int i = 0; i < 500 && ticks() == before; ++i) std::this_thread::sleep_for(5ms);
  CHECK(ticks() > before);
}

}  // namespace

TEST_CASE("load, start, list, unload") {
  test::house house;
  house.load_probe();
  CHECK(!house.modules.load("probe", test::fixture("probe"), {}).ok());
  CHECK(house.modules.list().at(0).phase == "initialised");
  REQUIRE(house.modules.start().ok());
  const auto info = house.modules.list().at(0);
  CHECK(info.phase == "started");
  CHECK(info.version == "2.1");
  CHECK(info.abi == "1.0");
  wait_for_tick();
  CHECK(house.unload(1s).ok());
  CHECK(house.modules.list().empty());
  CHECK(house.records.size() == 0);
  CHECK(!house.hooks.get("probe_reject").has_handlers());
}

TEST_CASE("timers end with the module") {
  test::house house;
  house.load_probe();
  REQUIRE(house.modules.start().ok());
  wait_for_tick();
  CHECK(house.unload(1s).ok());
  const auto count = metrics::get_counter("godwit_probe_ticks_total", "");
  const auto before = count->read();
  std::this_thread::sleep_for(30ms);
  CHECK(count->read() == before);
}

TEST_CASE("a call that does not end in time delays unloading only so long, and its late answer is harmless") {
  test::house house;
  house.load_probe();
  CHECK(!house.fire("probe_stubborn", {}).failed.empty());  // a thread of the module still holds the call
  CHECK(house.modules.list().at(0).open == 1);
  CHECK(!house.unload(30ms).ok());
  CHECK(house.modules.list().empty());
  std::this_thread::sleep_for(400ms);  // the late answer; the module is destroyed with the host
}

TEST_CASE("a failure in start is told") {
  test::house house;
  house.load_probe(object{{"fail_start", true}});
  const auto ok = house.modules.start();
  CHECK(ok.why().text == "module 'probe': start failed: told to fail in start");
}

TEST_CASE("load and unload many times while the hook fires") {
  test::house house;
  for (int i = 0; i < 20; ++i) {
    house.load_probe();
    CHECK(house.fire("probe_reject", {value("x")}).verdict.code == 550);
    CHECK(house.unload(1s).ok());
    CHECK(house.fire("probe_reject", {value("x")}).verdict.what == hook::verdict::kind::proceed);
  }
}
