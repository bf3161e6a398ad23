#include "config/throttle_spec.hpp"

#include <doctest/doctest.h>

using godwit::config::limit_spec;
using godwit::config::throttle_spec;

TEST_CASE("throttles in every documented form") {
  CHECK(throttle_spec::parse("100/h")->period_seconds == 3600);
  CHECK(throttle_spec::parse("1,000/d")->limit == 1000);
  CHECK(throttle_spec::parse("50/10s")->period_seconds == 10);
  CHECK(throttle_spec::parse("5/minute")->period_seconds == 60);
  CHECK(throttle_spec::parse("5/seconds")->period_seconds == 1);
  const auto full = throttle_spec::parse("local:100/h,max_burst=1_0");
  REQUIRE(full.ok());
  CHECK(full->local);
  CHECK(*full->max_burst == 10);
  CHECK(full->text() == "local:100/h,max_burst=10");
}

TEST_CASE("a throttle that makes no sense is refused with the reason") {
  for (const auto* text : {"", "100", "/h", "0/h", "x/h", "100/fortnight", "100/h,max_burst=0", "100/0s"}) {
    CAPTURE(text);
    CHECK_FALSE(throttle_spec::parse(text).ok());
  }
}

TEST_CASE("connection limits") {
  CHECK(limit_spec::parse("1,024")->limit == 1024);
  CHECK(limit_spec::parse("local:5")->local);
  CHECK_FALSE(limit_spec::parse("many").ok());
}

TEST_CASE("a period beyond 64 bits of seconds is refused, not wrapped around") {
  CHECK_FALSE(throttle_spec::parse("5/213503982334602d").ok());
  CHECK(throttle_spec::parse("5/213503982334601d").ok());
}
