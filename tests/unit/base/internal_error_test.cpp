#include "base/internal_error.hpp"

#include <doctest/doctest.h>

TEST_CASE("in production a broken invariant ends the session with its place in the text") {
  godwit::abort_on_internal_error(false);
  try {
    godwit::on_internal_error("counter below zero");
    FAIL("returned");
  } catch (const godwit::internal_error& problem) {
    const std::string text = problem.what();
    CHECK(text.find("counter below zero") != std::string::npos);
    CHECK(text.find("internal_error_test.cpp") != std::string::npos);
  }
}
