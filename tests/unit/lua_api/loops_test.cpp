// One policy on several loops at once: pools, caches and reloads are shared safely.
#include "unit/lua_api/policy_fixture.hpp"

#include <atomic>
#include <future>

using namespace godwit;

TEST_CASE("events of several loops share caches and survive reloads") {
  rt::loop_group loops(3);
  hook::table hooks;
  lua::registry scripts;
  test::fixed_resolver names;
  lua::engine_options e;
  e.policy_file = "init.lua";
  e.loops = loops.size();
  e.policy_text = R"(
local kumo = require 'kumo'
local cached = kumo.memoize(function(k) kumo.sleep(0.0001) return k * 2 end,
                            { name = 'c', ttl = '1 minute', capacity = 7 })
kumo.on('e', function(k)
  if k == 5 then kumo.reject(450, 'five') end
  return cached(k)
end))";
  lua_api::policy policy({hooks, scripts, names, "1", std::move(e), nullptr});
  std::vector<std::unique_ptr<rt::gate>> gates;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    gates.push_back(std::make_unique<rt::gate>(loops.at(i), "t"));
  }
  std::promise<void> loaded, done;
  loops.at(0).post([&] {
    gates[0]->spawn("load", [&]() -> rt::task<> {
      CHECK(co_await policy.load());
      loaded.set_value();
    });
  });
  loops.start();
  loaded.get_future().wait();

  std::atomic<int> wrong{0}, rejected{0}, running{3};
  const auto work = [&](std::size_t which) -> rt::task<> {
    for (int i = 0; i < 300; ++i) {
      hook::arguments args{value(i % 13)};
      const auto v = co_await hooks.get("e").run(std::move(args));
      if (v.what == hook::verdict::kind::reject) ++rejected;
      else if (v.returned != value(i % 13 * 2)) ++wrong;
      if (i % 100 == 50 && which == 1) co_await policy.reload();
    }
    if (--running == 0) done.set_value();
  };
  for (std::size_t i = 0; i < loops.size(); ++i) {
    loops.at(i).post([&, i] { gates[i]->spawn("work", [&work, i]() { return work(i); }); });
  }
  const bool in_time = done.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  loops.stop();
  loops.join();
  for (std::size_t i = 0; i < loops.size(); ++i) {
    loops.at(i).io().restart();
    loops.at(i).io().poll();
  }
  CHECK(in_time);
  CHECK(wrong == 0);
  CHECK(rejected == 69);  // 3 loops, every 13th from the sixth of 300
}
