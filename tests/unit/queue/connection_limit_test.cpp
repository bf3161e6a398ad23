#include "queue/connection_limit.hpp"

#include <doctest/doctest.h>

using namespace godwit::queue;

TEST_CASE("all limits or none") {
  connection_limits limits;
  int retries = 0;
  const auto retry = [&] { ++retries; };
  auto first = limits.acquire({{"wide", 5}, {"narrow", 1}}, retry);
  REQUIRE(first);
  CHECK(limits.in_use("wide") == 1);
  CHECK_FALSE(limits.acquire({{"wide", 5}, {"narrow", 1}}, retry));
  CHECK(limits.in_use("wide") == 1);
  CHECK(limits.acquire({{"wide", 5}}, retry));
  CHECK(retries == 0);
  first.reset();
  CHECK(retries == 1);
  CHECK(limits.in_use("narrow") == 0);
  CHECK(limits.acquire({{"narrow", 1}}, retry));
}

TEST_CASE("no limits are always granted") {
  connection_limits limits;
  CHECK(limits.acquire({}, [] {}));
}
