#include "hook/table.hpp"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>

#include "rt/loop.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

struct scripted : hook::handler {
  std::function<rt::task<hook::verdict>(const hook::arguments&)> body;
  rt::task<hook::verdict> call(const hook::arguments& args) override { return body(args); }
};

using body = std::function<rt::task<hook::verdict>(const hook::arguments&)>;

hook::registration entry(std::string owner, int priority, body b, std::chrono::nanoseconds timeout = 5s) {
  auto h = std::make_shared<scripted>();
  h->body = std::move(b);
  return {std::move(owner), priority, timeout, h};
}

body says(hook::verdict v, std::vector<int>* trail = nullptr, int mark = 0) {
  return [=](const hook::arguments&) -> rt::task<hook::verdict> {
    if (trail) trail->push_back(mark);
    co_return v;
  };
}

/// Runs the event on a fresh loop in this thread.
struct outcome {
  hook::verdict verdict;
  std::string failed;
};
outcome run(hook::event& e, hook::arguments args = {}, hook::event::instant until = hook::event::instant::max()) {
  rt::loop loop(0);
  outcome o;
  asio::co_spawn(
      loop.io(),
      [&]() -> rt::task<> {
        try {
          o.verdict = co_await e.run(args, until);
        } catch (const std::runtime_error& f) {
          o.failed = f.what();
        }
        loop.stop();
      },
      [&](std::exception_ptr p) { CHECK(!p); });
  loop.run();
  return o;
}

}  // namespace

TEST_CASE("an event without a handler proceeds and costs a flag") {
  hook::table t;
  auto& e = t.get("smtp_server_ehlo");
  CHECK(!e.has_handlers());
  CHECK(run(e).verdict.what == hook::verdict::kind::proceed);
  CHECK(&e == &t.get("smtp_server_ehlo"));
}

TEST_CASE("handlers run by priority, then in order of registration") {
  hook::table t;
  std::vector<int> trail;
  t.add("e", entry("a", 0, says({}, &trail, 2)));
  t.add("e", entry("b", 0, says({}, &trail, 3)));
  t.add("e", entry("c", -5, says({}, &trail, 1)));
  t.add("e", entry("d", 7, says({}, &trail, 4)));
  CHECK(run(t.get("e")).verdict.what == hook::verdict::kind::proceed);
  CHECK(trail == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("the chain stops at a verdict or a returned value and names who gave it") {
  hook::table t;
  std::vector<int> trail;
  hook::verdict reject;
  reject.what = hook::verdict::kind::reject;
  reject.code = 550;
  t.add("r", entry("first", 0, says(reject, &trail, 1)));
  t.add("r", entry("second", 1, says({}, &trail, 2)));
  const auto r = run(t.get("r")).verdict;
  CHECK(r.code == 550);
  CHECK(r.by == "first");

  hook::verdict valued;
  valued.returned = value();  // an explicit nil ends the chain as well
  t.add("v", entry("first", 0, says(valued, &trail, 3)));
  t.add("v", entry("second", 1, says({}, &trail, 4)));
  CHECK(run(t.get("v")).verdict.returned.has_value());
  CHECK(trail == std::vector<int>{1, 3});
}

TEST_CASE("a throw is a failure, never proceed") {
  hook::table t;
  std::vector<int> trail;
  t.add("e", entry("bad", 0, [](const hook::arguments&) -> rt::task<hook::verdict> {
          throw std::runtime_error("no such list");
          co_return hook::verdict{};
        }));
  t.add("e", entry("next", 1, says({}, &trail, 1)));
  CHECK(run(t.get("e")).failed == "event e: handler of bad failed: no such list");
  CHECK(trail.empty());
}

TEST_CASE("a handler that waits is awaited, one that overruns is cut off") {
  hook::table t;
  const body slow = [](const hook::arguments&) -> rt::task<hook::verdict> {
    co_await rt::sleep_for(5ms);
    hook::verdict v;
    v.what = hook::verdict::kind::done;
    co_return v;
  };
  t.add("waits", entry("m", 0, slow));
  CHECK(run(t.get("waits")).verdict.what == hook::verdict::kind::done);

  const body endless = [](const hook::arguments&) -> rt::task<hook::verdict> {
    co_await rt::sleep_for(1h);
    co_return hook::verdict{};
  };
  t.add("overruns", entry("m", 0, endless, 5ms));
  CHECK(run(t.get("overruns")).failed == "event overruns: handler of m overran its time-out");
}

TEST_CASE("the caller's limit is for the whole chain") {
  hook::table t;
  bool is_second_asked = false;
  t.add("e", entry("first", 0, [](const hook::arguments&) -> rt::task<hook::verdict> {
          co_await rt::sleep_for(1h);
          co_return hook::verdict{};
        }));
  t.add("e", entry("second", 1, [&](const hook::arguments&) -> rt::task<hook::verdict> {
          is_second_asked = true;
          co_return hook::verdict{};
        }));
  CHECK(run(t.get("e"), {}, std::chrono::steady_clock::now() + 5ms).failed == "event e: the time is over");
  CHECK_FALSE(is_second_asked);
}

TEST_CASE("cancelling the caller cancels the handler and passes through") {
  hook::table t;
  bool ended = false;
  t.add("e", entry("m", 0, [&](const hook::arguments&) -> rt::task<hook::verdict> {
          try {
            co_await rt::sleep_for(1h);
          } catch (const asio::system_error&) {
            ended = true;
          }
          co_return hook::verdict{};
        }));
  rt::loop loop(0);
  asio::cancellation_signal stop;
  bool aborted = false;
  asio::co_spawn(
      loop.io(), [&]() -> rt::task<> { co_await t.get("e").run({}); },
      asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr p) {
        try {
          if (p) std::rethrow_exception(p);
        } catch (const asio::system_error& e) {
          aborted = e.code() == asio::error::operation_aborted;
        }
        loop.stop();
      }));
  loop.post([&] { stop.emit(asio::cancellation_type::terminal); });
  loop.run();
  CHECK(ended);
  CHECK(aborted);
}

TEST_CASE("a removed owner is not asked again") {
  hook::table t;
  std::vector<int> trail;
  t.add("e", entry("a", 0, says({}, &trail, 1)));
  t.add("e", entry("b", 0, says({}, &trail, 2)));
  CHECK(t.list().size() == 2);
  t.remove_owner("a");
  run(t.get("e"));
  CHECK(trail == std::vector<int>{2});
  t.remove_owner("b");
  CHECK(!t.get("e").has_handlers());
}

TEST_CASE("what an owner registered is replaced as a whole, by priority") {
  hook::table t;
  std::vector<int> trail;
  t.add("e", entry("old", 0, says({}, &trail, 1)));
  t.add("gone", entry("old", 0, says({}, &trail, 2)));
  t.add("e", entry("other", 5, says({}, &trail, 3)));
  t.replace_owner("old", {{"e", entry("old", 9, says({}, &trail, 4))}, {"new", entry("old", 0, says({}, &trail, 5))}});
  for (const char* name : {"e", "gone", "new"}) run(t.get(name));
  CHECK(trail == std::vector<int>{3, 4, 5});
  CHECK(!t.get("gone").has_handlers());
}
