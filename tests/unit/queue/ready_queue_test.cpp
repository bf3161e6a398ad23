#include "queue/ready_queue.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <set>

using namespace godwit;
using namespace godwit::queue;

namespace {

struct fixture {
  ready_queue queue{"ready", {}, {"site.test", "smtp_client", nullptr}, "example.test", "pool", nullptr, steady_time{}};
  std::optional<ready_queue::cursor> at;
  std::multiset<int> seen;
  entry_list taken;

  explicit fixture(int count) {
    limit(100000);
    push(0, count);
    at.emplace(queue);
  }

  entry_list limit(std::size_t max_ready) {
    egress_path_config config;
    config.max_ready = max_ready;
    return queue.update_path(std::make_shared<path_snapshot>(config, "ready", "source", "pool"), steady_time::max(), 0);
  }
  /// Messages `from` up to `to`, which `attempts` numbers.
  void push(int from, int to) {
    for (int i = from; i < to; ++i) {
      auto e = std::make_unique<queue_entry>();
      e->attempts = static_cast<std::uint16_t>(i);
      queue.push(e, memory_level::enough);
    }
  }
  bool look(std::size_t most, const std::function<bool(int)>& wanted = [](int) { return false; }) {
    return queue.look(*at, most, [&](queue_entry& e) { return seen.insert(e.attempts), wanted(e.attempts); }, taken);
  }
  void look_to_the_end() {
    while (look(100)) {
    }
  }
  /// How often those from `from` up to `to` were seen.
  std::size_t times(int from, int to) const {
    return static_cast<std::size_t>(std::distance(seen.lower_bound(from), seen.lower_bound(to)));
  }
  /// Of a thousand all were seen once, save those from `from` up to `to`.
  void check_seen_but(int from, int to) const {
    CHECK(times(0, from) == static_cast<std::size_t>(from));
    CHECK(times(from, to) == 0);
    CHECK(times(to, 1000) == static_cast<std::size_t>(1000 - to));
  }
};

}  // namespace

TEST_CASE("a look sees each message once, in steps, and takes what it is told") {
  fixture f(1000);
  std::size_t steps = 1;
  while (f.look(64, [](int n) { return n % 3 == 0; })) ++steps;
  CHECK(steps == 16);
  CHECK(f.seen.size() == 1000);
  CHECK(std::set<int>(f.seen.begin(), f.seen.end()).size() == 1000);
  CHECK(f.taken.size() == 334);
  CHECK(f.queue.size() == 666);
  f.taken.each([](const queue_entry& e) { CHECK(e.attempts % 3 == 0); });
  CHECK_FALSE(f.look(64));
}

TEST_CASE("messages that leave and come back in front move no others") {
  fixture f(1000);
  f.look(100);
  auto ahead = f.queue.take(40, nullptr);
  f.look(100);
  f.queue.put_front(std::move(ahead));
  f.look_to_the_end();
  CHECK(f.seen.size() == 1000);
  CHECK(f.times(0, 1000) == 1000);
  CHECK(std::set<int>(f.seen.begin(), f.seen.end()).size() == 1000);
}

TEST_CASE("a look goes on behind what has left") {
  fixture f(1000);
  f.look(100);
  f.queue.take(300, nullptr);
  f.look_to_the_end();
  f.check_seen_but(100, 300);
}

TEST_CASE("two looks take from each other without harm") {
  fixture f(1000);
  f.look(100);
  entry_list others;
  {
    ready_queue::cursor other(f.queue);
    f.queue.look(other, 500, [](queue_entry& e) { return e.attempts >= 50; }, others);
  }
  CHECK(others.size() == 450);
  f.look_to_the_end();
  f.check_seen_but(100, 500);
}

TEST_CASE("a look ends with what was there when it began") {
  fixture f(1000);
  f.look(100);
  f.push(1000, 2000);
  f.look_to_the_end();
  CHECK(f.seen.size() == 1000);
}

TEST_CASE("a look ends when all has left, or all that it had not seen") {
  fixture f(1000);
  f.look(100);
  CHECK(f.limit(100).size() == 900);
  CHECK_FALSE(f.look(100));
  f.at.emplace(f.queue);
  CHECK(f.look(10));
  CHECK(f.queue.take_all().size() == 100);
  f.push(0, 10);
  CHECK_FALSE(f.look(10));
  CHECK(f.seen.size() == 110);
}
