#include "unit/lua/script_fixture.hpp"

using namespace godwit;
using test::script_fixture;

namespace {

struct fixture : script_fixture {
  fixture() { test::declare_test_functions(declarations, nullptr); }
  static constexpr const char* counting =
      "kumo = require 'kumo'\nlocal n = 0\nkumo.on('e', function() n = n + 1 return n end)";
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "VMs are used again until they are used up") {
  lua::pool_limits p;
  p.max_uses = 3;
  use(counting, {}, p);
  REQUIRE(load() == "");  // the first use
  CHECK(fire("e").results == std::vector<value>{1});
  CHECK(fire("e").results == std::vector<value>{2});
  CHECK(engine->spare_count() == 0);
  CHECK(fire("e").results == std::vector<value>{1});
}

TEST_CASE_FIXTURE(fixture, "VMs that are too old or too many are not kept") {
  lua::pool_limits p;
  p.max_age = std::chrono::seconds(0);
  use(counting, {}, p);
  REQUIRE(load() == "");
  CHECK(engine->spare_count() == 0);
  p = {};
  p.max_spare = 0;
  use(counting, {}, p);
  REQUIRE(load() == "");
  CHECK(engine->spare_count() == 0);
}

TEST_CASE_FIXTURE(fixture, "a reload renews all VMs") {
  use(counting);
  REQUIRE(load() == "");
  CHECK(fire("e").results == std::vector<value>{1});
  engine->bump_epoch();
  REQUIRE(load() == "");
  run([&]() -> rt::task<> {
    engine->sweep();
    co_return;
  });
  CHECK(engine->spare_count() == 1);
  CHECK(fire("e").results == std::vector<value>{1});
}

TEST_CASE_FIXTURE(fixture, "the events that are handled are known after loading") {
  use(counting);
  REQUIRE(load() == "");
  CHECK(engine->handled_events() == std::vector<lua::event_id>{engine->events().intern("e")});
}
