#include "http/target.hpp"

#include <doctest/doctest.h>

using namespace godwit::http;

TEST_CASE("path and query are decoded apart") {
  const auto t = parse_target("/a%2Fb/c+d?x=1%262&y=a+b&flag&&=empty");
  REQUIRE(t);
  CHECK(t->path == "/a/b/c+d");
  CHECK(t->query == header_list{{"x", "1&2"}, {"y", "a b"}, {"flag", ""}, {"", "empty"}});
}

TEST_CASE("an absolute URI loses scheme and host") {
  CHECK(parse_target("http://mx.test:8000/metrics?a=b")->path == "/metrics");
  CHECK(parse_target("HTTPS://mx.test")->path == "/");
  CHECK(parse_target("http://mx.test?a=b")->query == header_list{{"a", "b"}});
}

TEST_CASE("targets that name nothing") {
  for (const char* text : {"", "*", "mx.test:443", "metrics", "/%", "/%4", "/%zz", "/a%00b", "/?a=%g0"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text));
  }
}
