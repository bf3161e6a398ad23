#include "rt/blocking_pool.hpp"

#include <doctest/doctest.h>

#include <latch>

using namespace godwit;
using namespace std::chrono_literals;

namespace {

std::optional<rt::pool_view> find_pool(std::string_view name) {
  for (auto& p : rt::list_pools()) {
    if (p.name == name) return p;
  }
  return std::nullopt;
}

/// A job that runs until it is let go.
struct held_job {
  std::latch begun{1}, may_end{1};
  void run() {
    begun.count_down();
    may_end.wait();
  }
};

}  // namespace

TEST_CASE("a pool tells its jobs, those that run and those that wait, and how long they took") {
  held_job first;
  std::latch second_ended{1};
  {
    rt::blocking_pool pool("counted", 2);
    rt::blocking_pool single("single", 1);
    CHECK(single.view().invocations == 0);
    CHECK(single.view().time_per_job() == 0ns);
    single.post([&] { first.run(); });
    single.post([&] { second_ended.count_down(); });
    first.begun.wait();
    const auto early = find_pool("single");
    REQUIRE(early);
    CHECK(early->threads == 1);
    CHECK(early->active == 1);
    CHECK(early->queued == 1);
    CHECK(early->invocations == 1);
    const auto later = single.view();
    CHECK(later.busy > early->busy);  // the job that runs counts
    CHECK(later.busy <= later.age);
    CHECK(later.saturation() == later.average_concurrency());
    CHECK(later.saturation() <= 1);
    first.may_end.count_down();
    second_ended.wait();
    CHECK(single.view().invocations == 2);
    CHECK(single.view().queued == 0);
    const auto idle = find_pool("counted");
    REQUIRE(idle);
    CHECK(idle->invocations == 0);
    CHECK(idle->busy == 0ns);
    CHECK(idle->saturation() == 0);
  }
  CHECK(!find_pool("single"));
}

TEST_CASE("saturation is a share of all threads, the average concurrency is not") {
  const rt::pool_view half{.name = "x", .threads = 4, .invocations = 10, .busy = 20s, .age = 10s};
  CHECK(half.average_concurrency() == 2);
  CHECK(half.saturation() == 0.5);
  CHECK(half.time_per_job() == 2s);
}
