#include "unit/lua/script_fixture.hpp"

using namespace godwit;
using test::script_fixture;

namespace {

struct fixture : script_fixture {
  fixture() { test::declare_test_functions(declarations, nullptr); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "an event that does not wait ends at once") {
  use("local kumo = require 'kumo'\nkumo.on('e', function(a, b) return a + b, 'x' end)");
  REQUIRE(load() == "");
  auto a = fire("e", {1, 2});
  CHECK(!a.waited);
  CHECK(a.how.how == lua::outcome::ending::returned);
  CHECK(a.results == std::vector<value>{3, "x"});
}

TEST_CASE_FIXTURE(fixture, "a function that waits suspends the script and gives its result") {
  use("kumo = require 'kumo'\nkumo.on('e', function() local a = kumo.wait_for('one'); return a .. "
      "kumo.wait_for('two') end)");
  REQUIRE(load() == "");
  auto a = fire("e");
  CHECK(a.waited);
  CHECK(a.results == std::vector<value>{"onetwo"});
}

TEST_CASE_FIXTURE(fixture, "scripts that wait do not hold up each other") {
  use("kumo = require 'kumo'\nkumo.on('e', function(n) kumo.sleep(n); return n end)");
  REQUIRE(load() == "");
  std::vector<double> order;
  run([&]() -> rt::task<> {
    rt::gate gate(loop, "scripts");
    for (double n : {0.06, 0.03, 0.01}) {
      gate.spawn("script", [this, &order, n]() -> rt::task<> {
        std::vector<value> args{n};
        auto a = co_await dispatch("e", args);
        double got = 0;
        a.results[0].to_number(got);
        order.push_back(got);
      });
    }
    co_await gate.drain(std::chrono::seconds(5));
  });
  CHECK(order == std::vector<double>{0.01, 0.03, 0.06});
}

TEST_CASE_FIXTURE(fixture, "an error after a wait is raised in the script, and pcall catches it") {
  use(R"(kumo = require 'kumo'
kumo.on('e', function()
  local ok, why = pcall(kumo.wait_and_fail)
  return ok, tostring(why)
end)
kumo.on('f', function()
  local x = kumo.wait_and_fail()
end))");
  REQUIRE(load() == "");
  auto a = fire("e");
  CHECK(a.results[0] == value(false));
  CHECK(*a.results[1].as_string() == "no such host");
  auto f = fire("f");
  CHECK(f.how.how == lua::outcome::ending::failed);
  CHECK(f.how.text.find("policy.lua:7: no such host") == 0);
}

TEST_CASE_FIXTURE(fixture, "a function may wait inside the script's own coroutines") {
  use(R"(kumo = require 'kumo'
kumo.on('e', function()
  local produce = coroutine.wrap(function()
    coroutine.yield(kumo.wait_for('a'))
    coroutine.yield(kumo.wait_for('b'))
  end)
  local inner = coroutine.create(function(x)
    local ok, got = pcall(kumo.wait_for, x)
    return coroutine.wrap(function() return got .. kumo.wait_for('!') end)()
  end)
  local ok, c = coroutine.resume(inner, 'c')
  local okd, d = coroutine.resume(inner)
  return produce() .. produce() .. c, okd, d
end))");
  REQUIRE(load() == "");
  auto a = fire("e");
  CHECK(a.how.text == "");
  CHECK(a.results == std::vector<value>{"abc!", false, "cannot resume dead coroutine"});
}

TEST_CASE_FIXTURE(fixture, "waiting where Lua cannot yield is an error that says so") {
  use("kumo = require 'kumo'\nkumo.on('e', function() table.sort({2, 1}, function(a, b) kumo.sleep(0.001) "
      "return a < b end) end)");
  REQUIRE(load() == "");
  auto a = fire("e");
  CHECK(a.how.how == lua::outcome::ending::failed);
  CHECK(a.how.text.find("kumo.sleep waits and cannot be called here") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "the policy file itself may wait") {
  use("kumo = require 'kumo'\nlocal x = kumo.wait_for('x')\nkumo.on('e', function() return x end)");
  REQUIRE(load() == "");
  CHECK(fire("e").results == std::vector<value>{"x"});
}

TEST_CASE_FIXTURE(fixture, "a script given up while it waits spoils its VM") {
  use("kumo = require 'kumo'\nkumo.on('e', function() kumo.sleep(100) end)");
  REQUIRE(load() == "");
  CHECK(engine->spare_count() == 1);
  run([&]() -> rt::task<> {
    rt::gate gate(loop, "scripts");
    gate.spawn("script", [this]() -> rt::task<> { co_await dispatch("e", {}); });
    co_await rt::sleep_for(std::chrono::milliseconds(5));
    CHECK(co_await gate.close(std::chrono::seconds(5)));
  });
  CHECK(engine->spare_count() == 0);
}
