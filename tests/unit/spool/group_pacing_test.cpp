#include "spool/group_pacing.hpp"

#include <doctest/doctest.h>

namespace godwit::spool {

using namespace std::chrono_literals;

namespace {

constexpr auto flush = 1ms;

group_pacing after(std::size_t size, std::size_t arrived) {
  group_pacing p;
  p.note({.size = size, .arrived = arrived, .flush = flush});
  return p;
}

}  // namespace

TEST_CASE("a lone session never waits") {
  CHECK(group_pacing().patience(1) == 0ns);
  CHECK(after(1, 0).patience(1) == 0ns);
}

TEST_CASE("cohorts that take turns are joined") {
  const auto p = after(10, 10);
  CHECK(p.expected() == 20);
  CHECK(p.patience(10) == flush);
  CHECK(p.patience(20) == 0ns);
}

TEST_CASE("no wait is longer than two milliseconds") {
  group_pacing p;
  p.note({.size = 10, .arrived = 10, .flush = 80ms});
  CHECK(p.patience(10) == 2ms);
}

TEST_CASE("peers that do not come back in time are not waited for again and again") {
  group_pacing p = after(10, 10);
  const group_pacing::written in_vain{.size = 10, .arrived = 10, .flush = flush, .has_waited = true, .gained = 0};
  p.note(in_vain);
  CHECK(p.patience(10) > 0ns);
  p.note(in_vain);
  CHECK(p.patience(10) == 0ns);
  for (int group = 0; group < 64; ++group) p.note({.size = 10, .arrived = 10, .flush = flush});
  CHECK(p.patience(10) > 0ns);
}

TEST_CASE("a wait that brought company clears the record") {
  group_pacing p = after(10, 10);
  p.note({.size = 10, .arrived = 10, .flush = flush, .has_waited = true, .gained = 0});
  p.note({.size = 20, .arrived = 0, .flush = flush, .has_waited = true, .gained = 10});
  p.note({.size = 10, .arrived = 10, .flush = flush, .has_waited = true, .gained = 0});
  CHECK(p.patience(10) > 0ns);
}

}  // namespace godwit::spool
