#include "log/filter.hpp"

#include <doctest/doctest.h>

using namespace godwit::log;

TEST_CASE("the last match for a tag wins") {
  const auto f = filter::parse("info,lua=debug, smtp = OFF");
  REQUIRE(f);
  CHECK(f->for_tag("queue") == level::info);
  CHECK(f->for_tag("lua") == level::debug);
  CHECK(f->for_tag("smtp") == level::off);
  CHECK(f->minimum() == level::debug);
  CHECK(filter::parse("lua=debug,warn")->for_tag("lua") == level::warn);
}

TEST_CASE("the daemon's names mean every tag") {
  for (const char* name : {"kumod", "godwit", "godwitd"}) {
    const auto f = filter::parse(std::string(name) + "=debug");
    REQUIRE(f);
    CHECK(f->for_tag("smtp") == level::debug);
  }
}

TEST_CASE("a tag that nothing matches shows errors only") {
  const auto f = filter::parse("lua=trace");
  REQUIRE(f);
  CHECK(f->for_tag("smtp") == level::error);
  CHECK(filter::parse("")->for_tag("smtp") == level::error);
}

TEST_CASE("an unknown level is named") {
  const auto f = filter::parse("info,lua=loud");
  REQUIRE_FALSE(f);
  CHECK(f.why().text.find("'loud'") != std::string::npos);
}
