#include "net/listener.hpp"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <mutex>

#include "net/connector.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

/// Connects from a loop of its own and waits for the outcome.
net::connect_result connect(net::connect_options o) {
  rt::loop loop(0);
  rt::gate gate(loop, "connect");
  net::connect_result outcome;
  gate.spawn("connect", [&]() -> rt::task<> {
    outcome = co_await net::connect(o);
    outcome.connection.reset();  // it belongs to this loop
  });
  while (gate.count() > 0) loop.io().run_one();
  return outcome;
}

/// Keeps what was accepted, by loop.
struct collector {
  void operator()(rt::loop& where, net::accepted a) {
    const std::lock_guard lock(mutex);
    within.push_back(a.slot.is_within_limit());
    loops.push_back(where.index());
    held.push_back(std::move(a));
  }
  bool wait(std::size_t count) {
    for (int i = 0; i < 500; ++i) {
      {
        const std::lock_guard lock(mutex);
        if (within.size() >= count) return true;
      }
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  std::mutex mutex;
  std::vector<bool> within;
  std::vector<std::size_t> loops;
  std::vector<net::accepted> held;
};

}  // namespace

TEST_CASE("all loops share the port that was chosen") {
  collector got;
  rt::loop_group loops(2);
  net::listener listener(loops, "test");
  const auto at = listener.bind(*ip_endpoint::parse("127.0.0.1:0"));
  REQUIRE(at.ok());
  CHECK(at->port != 0);
  auto limit = std::make_shared<net::connection_limit>(10);
  listener.start(limit, [&](rt::loop& where, net::accepted a) { got(where, std::move(a)); });
  loops.start();
  for (int i = 0; i < 12; ++i) CHECK(connect({*at, {}, 5s}).failure == net::connect_failure::none);
  CHECK(got.wait(12));
  CHECK(std::count(got.within.begin(), got.within.end(), true) == 10);
  CHECK(limit->open() == 12);
  CHECK(listener.stop());
  const auto closed = connect({*at, {}, 5s});
  CAPTURE(closed.why);
  CHECK(closed.failure == net::connect_failure::refused);
  loops.stop();
  loops.join();
  got.held.clear();
  CHECK(limit->open() == 0);
}

TEST_CASE("a connection that cannot be served does not keep the next one from being accepted") {
  collector got;
  rt::loop_group loops(1);
  net::listener listener(loops, "test");
  const auto at = listener.bind(*ip_endpoint::parse("127.0.0.1:0"));
  REQUIRE(at.ok());
  bool is_first = true;
  listener.start(std::make_shared<net::connection_limit>(10), [&](rt::loop& where, net::accepted a) {
    if (std::exchange(is_first, false)) throw std::runtime_error("out of memory");
    got(where, std::move(a));
  });
  loops.start();
  for (int i = 0; i < 2; ++i) CHECK(connect({*at, {}, 5s}).failure == net::connect_failure::none);
  CHECK(got.wait(1));
  CHECK(listener.stop());
  loops.stop();
  loops.join();
  got.held.clear();
}

TEST_CASE("IPv6 and a port that is taken") {
  rt::loop_group loops(2);
  net::listener listener(loops, "test");
  const auto six = listener.bind(*ip_endpoint::parse("[::1]:0"));
  REQUIRE(six.ok());
  CHECK(six->text() == "[::1]:" + std::to_string(six->port));
  net::listener other(loops, "other");
  const auto taken = other.bind(*six);
  REQUIRE_FALSE(taken.ok());
  CHECK(taken.why().text == "other: cannot listen on " + six->text() + ": Address already in use");
}

TEST_CASE("failures to connect are told apart") {
  const auto nowhere = *ip_endpoint::parse("127.0.0.1:1");
  CHECK(connect({nowhere, {}, 5s}).why == "connect to 127.0.0.1:1: Connection refused");
  const auto foreign = connect({nowhere, *ip_address::parse("192.0.2.77"), 5s});
  CHECK(foreign.failure == net::connect_failure::source_unavailable);
  CHECK(foreign.why == "bind for 127.0.0.1:1 from 192.0.2.77: Cannot assign requested address");
  CHECK(connect({nowhere, *ip_address::parse("127.0.0.9"), 5s}).failure == net::connect_failure::refused);
}
