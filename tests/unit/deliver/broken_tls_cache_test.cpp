#include "deliver/broken_tls_cache.hpp"

#include <doctest/doctest.h>

using godwit::deliver::broken_tls_cache;
using namespace std::chrono_literals;

TEST_CASE("a site is remembered for as long as it was asked for") {
  broken_tls_cache cache;
  const broken_tls_cache::clock::time_point t{};
  cache.remember("a", 10s, t);
  CHECK(cache.contains("a", t + 9s));
  CHECK_FALSE(cache.contains("b", t));
  CHECK_FALSE(cache.contains("a", t + 10s));
  CHECK(cache.size() == 0);
}

TEST_CASE("a full cache forgets what is over first, then what is over soonest") {
  broken_tls_cache cache(2);
  const broken_tls_cache::clock::time_point t{};
  cache.remember("a", 1s, t);
  cache.remember("b", 9s, t);
  cache.remember("c", 5s, t + 2s);
  CHECK(cache.contains("b", t + 2s));
  CHECK(cache.contains("c", t + 2s));
  cache.remember("d", 5s, t + 2s);
  CHECK(cache.size() == 2);
  CHECK_FALSE(cache.contains("c", t + 2s));
}
