#include "mail/response.hpp"

#include <doctest/doctest.h>

using namespace godwit::mail;

TEST_CASE("an enhanced code of the right class is taken off") {
  const auto r = response::parse(450, "4.2.10 try later");
  REQUIRE(r.enhanced);
  CHECK(*r.enhanced == enhanced_code{4, 2, 10});
  CHECK(r.content == "try later");
  CHECK(r.is_transient());
  CHECK(r.one_line() == "450 4.2.10 try later");
}

TEST_CASE("what only looks like one stays") {
  for (const char* text :
       {"5.2.0 wrong class", "4.2 short", "4.2.0x glued", "4..0 x", "1234 x", "4.2.1000 x", ""}) {
    const auto r = response::parse(450, text);
    CHECK_FALSE(r.enhanced);
    CHECK(r.content == text);
  }
}

TEST_CASE("every line of a reply may repeat the code") {
  const auto r = response::parse(550, "5.1.1 no\r\n5.1.1 such\r\nuser");
  CHECK(r.content == "no\r\nsuch\r\nuser");
  CHECK(r.one_line() == "550 5.1.1 no\\r\\nsuch\\r\\nuser");
}

TEST_CASE("a code alone") {
  const auto r = response::parse(250, "2.1.0");
  REQUIRE(r.enhanced);
  CHECK(r.content.empty());
  CHECK(r.is_positive());
  CHECK(response::parse(250, "OK").one_line() == "250 OK");
  CHECK(response::parse(354, "go").is_positive());
  CHECK(response::parse(550, "no").is_permanent());
}
