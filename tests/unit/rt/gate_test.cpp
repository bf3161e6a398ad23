#include "rt/gate.hpp"

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include "rt/blocking_pool.hpp"
#include "rt/event.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

/// Runs `body` on a loop of its own until it ends.
void run_on_loop(std::function<rt::task<>(rt::loop&)> body) {
  rt::loop loop(0);
  std::exception_ptr failed;
  asio::co_spawn(loop.io(), [&] { return body(loop); }, [&](std::exception_ptr e) {
    failed = e;
    loop.stop();
  });
  loop.run();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

TEST_CASE("closing a gate cancels what runs and waits for it") {
  run_on_loop([](rt::loop& loop) -> rt::task<> {
    rt::gate gate(loop, "test");
    bool cleaned = false;
    gate.spawn("sleeper", [&cleaned]() -> rt::task<> {
      struct guard {
        bool& flag;
        ~guard() { flag = true; }
      } on_exit{cleaned};
      co_await rt::sleep_for(1h);
    });
    co_await rt::sleep_for(1ms);
    CHECK(gate.count() == 1);
    const bool closed = co_await gate.close(5s);
    CHECK(closed);
    CHECK(cleaned);
    CHECK_FALSE(gate.spawn("late", []() -> rt::task<> { co_return; }));
  });
}

TEST_CASE("draining lets work finish, and reports what does not") {
  run_on_loop([](rt::loop& loop) -> rt::task<> {
    rt::gate gate(loop, "test");
    rt::event go(loop);
    gate.spawn("waiter", [&go]() -> rt::task<> { co_await go.wait(); });
    const bool early = co_await gate.drain(5ms);
    CHECK_FALSE(early);
    go.notify();
    const bool done = co_await gate.drain(5s);
    CHECK(done);
  });
}

TEST_CASE("an exception ends the coroutine alone") {
  run_on_loop([](rt::loop& loop) -> rt::task<> {
    rt::gate gate(loop, "test");
    gate.spawn("thrower", []() -> rt::task<> {
      co_await rt::sleep_for(1ms);
      throw std::runtime_error("expected by the test");
    });
    const bool done = co_await gate.drain(5s);
    CHECK(done);
  });
}

TEST_CASE("an event remembers one notification and times out") {
  run_on_loop([](rt::loop& loop) -> rt::task<> {
    rt::event event(loop);
    event.notify();
    const bool remembered = co_await event.wait(1s);
    CHECK(remembered);
    const bool again = co_await event.wait(2ms);
    CHECK_FALSE(again);
  });
}

TEST_CASE("the blocking pool resumes its caller on the caller's loop") {
  run_on_loop([](rt::loop& loop) -> rt::task<> {
    rt::blocking_pool pool("test", 2);  // ends before the loop that its threads post to
    const auto here = std::this_thread::get_id();
    const auto there = co_await pool.run([] { return std::this_thread::get_id(); });
    CHECK(there != here);
    CHECK(std::this_thread::get_id() == here);
    CHECK(loop.is_current());
    std::string text;
    try {
      co_await pool.run([] { throw std::runtime_error("from the pool"); });
    } catch (const std::runtime_error& e) {
      text = e.what();
    }
    CHECK(text == "from the pool");
  });
}

TEST_CASE("work runs on another loop and its caller resumes at home") {
  rt::loop_group group(2);
  std::atomic<bool> there{false}, back{false};
  asio::co_spawn(group.at(0).io(), [&]() -> rt::task<> {
    there = co_await rt::run_on(group.at(1), [&]() -> rt::task<bool> { co_return group.at(1).is_current(); });
    back = group.at(0).is_current();
    group.stop();
  }, asio::detached);
  group.start();
  group.join();
  CHECK(there);
  CHECK(back);
}
