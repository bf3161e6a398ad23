#include "queue/provider_metrics.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::queue;

namespace {

std::int64_t queued_for(const char* provider) {
  return metrics::get_gauge("queued_count_by_provider", "", {{"provider", provider}})->read();
}

}  // namespace

TEST_CASE("messages move to the provider that is named now") {
  queued_by_provider queued;
  queued.add(3);
  queued.assign("one", "pool");
  queued.add(2);
  CHECK(queued_for("one") == 5);
  queued.assign("two", "pool");
  queued.add(-1);
  CHECK(queued_for("one") == 0);
  CHECK(queued_for("two") == 4);
  queued.assign(std::nullopt, "pool");
  CHECK(queued_for("two") == 0);
}

TEST_CASE("messages that come while the provider changes are counted for the last one") {
  constexpr int loops = 8, each = 4'000'000;  // more than processors: one that is interrupted comes late
  queued_by_provider queued;
  std::atomic<int> adding{loops};
  std::vector<std::thread> all;
  for (int i = 0; i < loops; ++i) {
    all.emplace_back([&] {
      for (int n = 0; n < each; ++n) queued.add(1);
      --adding;
    });
  }
  for (bool is_other = false; adding > 0; is_other = !is_other) queued.assign(is_other ? "this" : "that", "pool");
  for (auto& t : all) t.join();
  queued.assign("last", "pool");
  CHECK(queued_for("this") == 0);
  CHECK(queued_for("that") == 0);
  CHECK(queued_for("last") == loops * each);
}
