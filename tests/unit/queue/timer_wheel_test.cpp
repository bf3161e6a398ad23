#include "queue/timer_wheel.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace godwit::queue;

namespace {

void add(timer_wheel& wheel, std::uint64_t due) { wheel.insert(std::make_unique<queue_entry>(), due); }

std::vector<std::uint64_t> advance(timer_wheel& wheel, std::uint64_t now) {
  entry_list out;
  wheel.advance(now, out);
  std::vector<std::uint64_t> due;
  out.each([&](const queue_entry& e) { due.push_back(e.due_tick); });
  return due;
}

}  // namespace

TEST_CASE("a cold entry is small") { CHECK(sizeof(queue_entry) + 16 <= 200); }

TEST_CASE("entries come out at their tick, never before") {
  timer_wheel wheel(1000);
  for (const std::uint64_t due : {1001u, 1255u, 1256u, 1257u, 66000u, 66536u, 20'000'000u}) add(wheel, due);
  for (const std::uint64_t due : {1001u, 1255u, 1256u, 1257u, 66000u, 66536u, 20'000'000u}) {
    CHECK(advance(wheel, due - 1).empty());
    CHECK(advance(wheel, due) == std::vector<std::uint64_t>{due});
  }
  CHECK(wheel.size() == 0);
  CHECK_FALSE(wheel.next_tick());
}

TEST_CASE("a past time is due at the next tick") {
  timer_wheel wheel(5000);
  add(wheel, 10);
  CHECK(wheel.next_tick() == 5001);
  CHECK(advance(wheel, 5001).size() == 1);
}

TEST_CASE("times beyond the reach wait, and come out in the end") {
  timer_wheel wheel(7);
  const std::uint64_t far = (std::uint64_t{1} << 33) + 12345;
  add(wheel, far);
  CHECK(advance(wheel, far - 1).empty());
  CHECK(advance(wheel, far).size() == 1);
}

TEST_CASE("next_tick is never late") {
  std::mt19937 chance(42);
  timer_wheel wheel(123'456);
  std::vector<std::uint64_t> expected;
  for (int i = 0; i < 3000; ++i) {
    const auto due = 123'457 + chance() % (std::uint64_t{1} << (4 + i % 26));
    expected.push_back(due);
    add(wheel, due);
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::uint64_t> seen;
  while (const auto next = wheel.next_tick()) {
    CHECK(*next <= expected[seen.size()]);
    for (const auto due : advance(wheel, *next)) {
      CHECK(due == *next);
      seen.push_back(due);
    }
  }
  CHECK(seen == expected);
}

TEST_CASE("a jump takes everything that passed") {
  timer_wheel wheel(0);
  for (std::uint64_t i = 1; i <= 1000; ++i) add(wheel, i * 77);
  CHECK(advance(wheel, 77 * 500).size() == 500);
  CHECK(wheel.size() == 500);
  CHECK(wheel.drain().size() == 500);
  CHECK(wheel.size() == 0);
}

TEST_CASE("lists keep their order") {
  entry_list a, b;
  for (int i = 0; i < 3; ++i) {
    auto e = std::make_unique<queue_entry>();
    e->attempts = static_cast<std::uint16_t>(i);
    a.push_back(std::move(e));
  }
  for (int i = 10; i < 12; ++i) {
    auto e = std::make_unique<queue_entry>();
    e->attempts = static_cast<std::uint16_t>(i);
    b.push_back(std::move(e));
  }
  a.prepend(std::move(b));
  CHECK(b.empty());
  std::vector<int> order;
  a.each([&](const queue_entry& e) { order.push_back(e.attempts); });
  CHECK(order == std::vector<int>{10, 11, 0, 1, 2});
  CHECK(a.pop_back()->attempts == 2);
  CHECK(a.pop_front()->attempts == 10);
  CHECK(a.size() == 3);
}

TEST_CASE("a look sees every entry once, in steps, and takes what it is told") {
  timer_wheel wheel(1000);
  for (std::uint64_t i = 0; i < 1000; ++i) add(wheel, 1001 + i * i * 7);
  timer_wheel::cursor c;
  std::size_t seen = 0, steps = 0;
  entry_list taken;
  while (!c.is_done) {
    wheel.look(c, 64, [&](queue_entry& e) { return ++seen, e.due_tick % 2 == 0; }, taken);
    ++steps;
  }
  CHECK(seen == 1000);
  CHECK(steps >= 1000 / 64);
  CHECK(wheel.size() + taken.size() == 1000);
  taken.each([](const queue_entry& e) { CHECK(e.due_tick % 2 == 0); });
}

TEST_CASE("time goes on in the middle of a look") {
  timer_wheel wheel(0);
  for (std::uint64_t i = 1; i <= 500; ++i) add(wheel, 300);  // one slot of the second level
  timer_wheel::cursor c;
  entry_list taken;
  std::size_t seen = 0;
  const auto count = [&](queue_entry&) { return ++seen, false; };
  while (seen < 100) wheel.look(c, 50, count, taken);
  CHECK(advance(wheel, 299).empty());  // moves the slot's entries to the first level, and the mark out of the way
  while (!c.is_done) wheel.look(c, 50, count, taken);
  CHECK(seen >= 500);
  CHECK(advance(wheel, 300).size() == 500);
  CHECK(wheel.size() == 0);
}

TEST_CASE("a mark is no entry") {
  timer_wheel wheel(0);
  for (int i = 0; i < 10; ++i) add(wheel, 5);
  timer_wheel::cursor c;
  entry_list taken;
  wheel.look(c, 4, [](queue_entry&) { return false; }, taken);
  CHECK(advance(wheel, 5).size() == 10);
  add(wheel, 7);
  wheel.look(c, 4, [](queue_entry&) { return false; }, taken);
  CHECK(wheel.drain().size() == 1);
}
