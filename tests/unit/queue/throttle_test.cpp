#include "queue/throttle.hpp"

#include <doctest/doctest.h>

#include "queue/throttle_store.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace std::chrono_literals;

namespace {

config::throttle_spec spec(const char* text) {
  auto parsed = config::throttle_spec::parse(text);
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("the limit passes at once, then one per interval") {
  const auto rate = spec("10/s");
  throttle_state state;
  for (int i = 0; i < 10; ++i) {
    const auto r = take(state, rate, 1000s);
    CHECK_FALSE(r.throttled);
    CHECK(r.remaining == 9u - static_cast<unsigned>(i));
    CHECK(r.limit == 10);
  }
  const auto refused = take(state, rate, 1000s);
  CHECK(refused.throttled);
  CHECK(refused.wait == 100ms);
  CHECK(refused.retry_after == 1s);
  CHECK(refused.remaining == 0);
  CHECK_FALSE(take(state, rate, 1000s + 100ms).throttled);
  CHECK(take(state, rate, 1000s + 100ms).throttled);
  CHECK(take(state, rate, 1002s).remaining == 9);
}

TEST_CASE("max_burst narrows what passes at once") {
  const auto rate = spec("100/h,max_burst=1");
  throttle_state state;
  CHECK_FALSE(take(state, rate, 0s).throttled);
  CHECK_FALSE(take(state, rate, 0s).throttled);
  const auto refused = take(state, rate, 0s);
  CHECK(refused.throttled);
  CHECK(refused.retry_after == 36s);
  CHECK(refused.reset_after == 72s);
}

TEST_CASE("a rate of one") {
  const auto rate = spec("1/m");
  throttle_state state;
  CHECK_FALSE(take(state, rate, 0s).throttled);
  CHECK(take(state, rate, 59s).retry_after == 1s);
  CHECK_FALSE(take(state, rate, 60s).throttled);
}

TEST_CASE("a refused quantity leaves the state") {
  const auto rate = spec("10/s");
  throttle_state state;
  CHECK(take(state, rate, 0s, 11).throttled);
  CHECK_FALSE(take(state, rate, 0s, 10).throttled);
}

TEST_CASE("keys carry the rate") {
  CHECK(throttle_key("a", spec("100/h")) == "a:100:100:3600");
  CHECK(throttle_key("a", spec("100/10s,max_burst=5")) == "a:100:5:10");
}

TEST_CASE("the store keeps keys apart and forgets idle ones") {
  throttle_store store;
  const auto rate = spec("1/m");
  CHECK_FALSE(store.take("a", rate, 10s).throttled);
  CHECK_FALSE(store.take("b", rate, 10s).throttled);
  CHECK(store.take("a", rate, 11s).throttled);
  store.purge(69s);
  CHECK(store.size() == 2);
  store.purge(70s);
  CHECK(store.size() == 0);
}
