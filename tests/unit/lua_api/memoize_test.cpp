#include "unit/lua_api/policy_fixture.hpp"

using namespace godwit;
using test::policy_fixture;

namespace {

struct fixture : policy_fixture {
  // Calls of the wrapped function are counted by a throttle-free trick: it returns what it was given and
  // when.
  void use_cache(const std::string& function, const std::string& options = "") {
    must_load(
        "calls = 0\nlocal cached = kumo.memoize(" + function +
        ", { name = 'c', ttl = '5 minutes', capacity = 2" + options +
        " })\nkumo.on('e', function(k) return cached(k), calls end)\n"
        "kumo.on('p', function(k) local ok, why = pcall(cached, k) return ok, tostring(why), calls end)");
  }
  value ask(const char* key) { return *fire("e", {value(key)}).returned; }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "results are kept by arguments, up to the capacity") {
  use_cache("function(k) calls = calls + 1 return k .. '!' end");
  CHECK(ask("a") == value(value::array{"a!", 1}));
  CHECK(ask("a") == value(value::array{"a!", 1}));
  CHECK(ask("b") == value(value::array{"b!", 2}));
  CHECK(ask("c") == value(value::array{"c!", 3}));  // the eldest goes
  CHECK(ask("a") == value(value::array{"a!", 4}));
  CHECK(ask("c") == value(value::array{"c!", 4}));
}

TEST_CASE_FIXTURE(fixture, "a function that waits may be cached, and made objects may be kept") {
  use_cache(
      "function(k) calls = calls + 1 kumo.sleep(0.001) return kumo.make_queue_config { egress_pool = k } "
      "end");
  must_load(
      "local cached = kumo.memoize(function(k) kumo.sleep(0.001) return kumo.make_queue_config { egress_pool "
      "= k } end, "
      "{ name = 'q', ttl = 60, capacity = 10 })\n"
      "kumo.on('e', function(k) return cached(k).egress_pool .. cached(k).egress_pool end)");
  CHECK(ask("x") == value("xx"));
}

TEST_CASE_FIXTURE(fixture, "errors and rejections reach every waiter and are not kept") {
  use_cache(
      "function(k) calls = calls + 1 kumo.sleep(0.005) if k == 'r' then kumo.reject(450, 'later') end "
      "error('broken') end");
  std::vector<value> answers;
  run([&]() -> rt::task<> {
    rt::gate gate(loop, "scripts");
    for (int i = 0; i < 3; ++i) {
      gate.spawn("script", [&]() -> rt::task<> {
        hook::arguments args{value("x")};
        auto v = co_await hooks.get("p").run(args);
        answers.push_back(*v.returned);
      });
    }
    co_await gate.drain(std::chrono::seconds(5));
  });
  REQUIRE(answers.size() == 3);
  for (const auto& a : answers) {
    CHECK((*a.as_array())[0] == value(false));
    CHECK((*a.as_array())[1].as_string()->find("broken") != std::string::npos);
  }
  CHECK(fire("e", {value("r")}).what == hook::verdict::kind::reject);
}

TEST_CASE_FIXTURE(fixture, "misses of one key are joined") {
  must_load(
      "local cached = kumo.memoize(function(k) kumo.sleep(0.01) return _KUMO_CURRENT_EVENT end, "
      "{ name = 'c', ttl = 60, capacity = 10 })\n"
      "kumo.on('a', function() return cached('k') end)\nkumo.on('b', function() return cached('k') end)");
  std::vector<value> answers;
  run([&]() -> rt::task<> {
    rt::gate gate(loop, "scripts");
    for (const char* name : {"a", "b", "b"}) {
      gate.spawn("script", [&, name]() -> rt::task<> {
        hook::arguments none;
        auto v = co_await hooks.get(name).run(none);
        answers.push_back(*v.returned);
      });
    }
    co_await gate.drain(std::chrono::seconds(5));
  });
  CHECK(answers == std::vector<value>{"a", "a", "a"});
}

TEST_CASE_FIXTURE(fixture, "a leader that is given up fails those who wait") {
  must_load(
      "local cached = kumo.memoize(function(k) kumo.sleep(100) end, { name = 'c', ttl = 60, capacity = 10 "
      "})\n"
      "kumo.on('a', function() return cached('k') end)\n"
      "kumo.on('b', function() local ok, why = pcall(cached, 'k') return tostring(why) end)");
  std::optional<value> answer;
  run([&]() -> rt::task<> {
    rt::gate leaders(loop, "leaders"), waiters(loop, "waiters");
    leaders.spawn("leader", [&]() -> rt::task<> {
      hook::arguments none;
      co_await hooks.get("a").run(none);
    });
    co_await rt::sleep_for(std::chrono::milliseconds(2));
    waiters.spawn("waiter", [&]() -> rt::task<> {
      hook::arguments none;
      auto v = co_await hooks.get("b").run(none);
      answer = v.returned;
    });
    co_await rt::sleep_for(std::chrono::milliseconds(2));
    co_await leaders.close(std::chrono::seconds(5));
    co_await waiters.drain(std::chrono::seconds(5));
  });
  REQUIRE(answer);
  CHECK(answer->as_string()->find("the script that populated the cache was given up") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "entries end with their time or with the epoch") {
  use_cache("function(k) calls = calls + 1 return k end", ", ttl = 0.001");
  ask("a");
  run([&]() -> rt::task<> { co_await rt::sleep_for(std::chrono::milliseconds(3)); });
  CHECK(ask("a") == value(value::array{"a", 2}));
  must_load(
      "local cached = kumo.memoize(function() return kumo.time.now().unix_timestamp_millis end, "
      "{ name = 'epoch', ttl = 60, capacity = 10, invalidate_with_epoch = true })\n"
      "kumo.on('e', function() return cached() end)");
  const auto first = ask("");
  CHECK(ask("") == first);
  run([&]() -> rt::task<> {
    co_await rt::sleep_for(std::chrono::milliseconds(3));
    CHECK(co_await policy->reload());
  });
  CHECK(ask("") != first);
}

TEST_CASE_FIXTURE(fixture, "what cannot be shared is refused") {
  CHECK(failure("kumo.memoize(function() return kumo.make_message('a@b.example', 'c@d.example', '') end, "
                "{ name = 'x', ttl = 1, capacity = 1 })()")
            .find("memoize: Message cannot be kept in a cache") != std::string::npos);
  CHECK(failure("kumo.memoize(print, { name = 'x', tll = 1 })").find("ttl") != std::string::npos);
}
