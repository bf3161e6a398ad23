#pragma once
// One loop, one registry, one engine with a policy text: runs scripts on the loop to their end.

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "lua/engine.hpp"
#include "lua/registry.hpp"
#include "rt/gate.hpp"
#include "rt/loop.hpp"

namespace godwit::test {

/// Registers kumo.on and a few functions that only tests need.
void declare_test_functions(lua::registry& r, lua::event_names* events);

struct script_fixture {
  lua::registry declarations;
  rt::loop loop{0};
  std::unique_ptr<lua::engine> engine;

  void use(std::string policy, lua::limits limits = {}, lua::pool_limits pool = {}) {
    lua::engine_options o;
    o.policy_file = "policy.lua";
    o.policy_text = std::move(policy);
    o.limits = limits;
    o.pool = pool;
    engine = std::make_unique<lua::engine>(declarations, std::move(o));
  }

  void run(std::function<rt::task<>()> body) {
    rt::gate gate(loop, "test");
    gate.spawn("test", [&]() -> rt::task<> {
      struct stopper {
        rt::loop& l;
        ~stopper() { l.stop(); }
      } stop{loop};
      co_await body();
    });
    loop.io().restart();
    loop.run();
    loop.io().restart();
    loop.io().poll();  // the gate hears that its coroutine has ended
  }

  /// Loads the policy; the error text, empty when it loaded.
  std::string load() {
    std::string why;
    run([&]() -> rt::task<> {
      auto ok = co_await engine->load();
      if (!ok) why = ok.why().text;
    });
    return why;
  }

  struct answer {
    lua::outcome how;
    std::vector<value> results;
    bool waited = false;
  };

  /// The first handler of `event` with plain arguments.
  answer fire(const std::string& event, std::vector<value> args = {}) {
    answer a;
    run([&]() -> rt::task<> { a = co_await dispatch(event, args); });
    return a;
  }

  rt::task<answer> dispatch(std::string event, std::vector<value> args) {
    answer a;
    auto taken = co_await engine->acquire();
    REQUIRE_MESSAGE(taken.ok(), taken.why().text);
    const auto& all = (*taken)->handlers(engine->events().intern(event));
    REQUIRE(!all.empty());
    lua::call c(**taken, event);
    c.push_handler(all.front());
    for (const auto& v : args) lua::stack::push_value(c.state(), v);
    auto done = c.start(static_cast<int>(args.size()));
    a.waited = !done;
    if (!done) done = co_await c.finish();
    for (int i = 1; i <= done->results; ++i) a.results.push_back(std::get<value>(c.result_at(*done, i)));
    a.how = std::move(*done);
    co_return a;
  }
};

}  // namespace godwit::test
