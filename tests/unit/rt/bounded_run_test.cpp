#include "rt/bounded_run.hpp"

#include <doctest/doctest.h>

#include "rt/event.hpp"
#include "support/run_until.hpp"

using namespace godwit;
using namespace std::chrono_literals;
using rt::waited;

namespace {

struct sum final : rt::bounded_run {
  explicit sum(rt::loop& l) : bounded_run(l.get_executor()), go_on(l) {}
  rt::event go_on;
  int total = 0;
};

rt::task<> add(std::shared_ptr<sum> to, bool waits, bool is_deaf = false) {
  if (is_deaf) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  if (waits) co_await to->go_on.wait();
  to->total += 1;
}

/// A caller that waits for `limit` and says how that ended.
struct caller {
  std::shared_ptr<sum> run;
  asio::cancellation_signal cancel;
  std::optional<waited> heard;

  void wait(rt::loop& l, std::chrono::nanoseconds limit) {
    const auto body = [this, limit]() -> rt::task<> { heard = co_await run->wait(rt::steady_clock::now() + limit); };
    asio::co_spawn(l.io(), body, asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {}));
  }
};

struct fixture {
  rt::loop loop{0};
  caller c{std::make_shared<sum>(loop), {}, {}};

  void start(bool waits, bool is_deaf = false) {
    loop.post([this, waits, is_deaf] { rt::bounded_run::start(c.run, add(c.run, waits, is_deaf)); });
  }
  void until_heard() { CHECK(testing::run_until(loop, [this] { return c.heard.has_value(); })); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "what does not wait has ended when start returns, and can be started again") {
  int seen = 0;
  loop.post([&] {
    for (int i = 0; i < 2; ++i) {
      rt::bounded_run::start(c.run, add(c.run, false));
      if (c.run->has_ended()) seen = c.run->total;
    }
  });
  CHECK(testing::run_until(loop, [&] { return seen > 0; }));
  CHECK(seen == 2);
}

TEST_CASE_FIXTURE(fixture, "the caller hears the end") {
  start(true);
  c.wait(loop, 1min);
  loop.post([this] { c.run->go_on.notify(); });
  until_heard();
  CHECK(c.heard == waited::ended);
  CHECK(c.run->total == 1);
}

TEST_CASE_FIXTURE(fixture, "the caller waits no longer than it wants, and can end what runs") {
  start(true);
  c.wait(loop, 1ms);
  until_heard();
  CHECK(c.heard == waited::overran);
  CHECK(!c.run->has_ended());
  c.run->cancel();
  CHECK(testing::run_until(loop, [this] { return c.run->has_ended(); }));
  CHECK(c.run->total == 0);
}

TEST_CASE_FIXTURE(fixture, "a caller that is cancelled stops waiting") {
  start(true);
  c.wait(loop, 1min);
  loop.post([this] { c.cancel.emit(asio::cancellation_type::terminal); });
  until_heard();
  CHECK(c.heard == waited::cancelled);
  c.run->cancel();
  CHECK(testing::run_until(loop, [this] { return c.run->has_ended(); }));
}

TEST_CASE_FIXTURE(fixture, "what does not end lives on alone with what it reads") {
  start(true, true);
  c.wait(loop, 1ms);
  until_heard();
  c.run->cancel();
  const std::weak_ptr<sum> left = c.run;
  c.run.reset();
  loop.io().restart();
  loop.io().poll();
  REQUIRE(!left.expired());
  left.lock()->go_on.notify();
  CHECK(testing::run_until(loop, [&] { return left.expired(); }));
}
