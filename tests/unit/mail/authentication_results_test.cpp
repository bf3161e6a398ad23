#include "mail/authentication_results.hpp"

#include <doctest/doctest.h>

using namespace godwit;

TEST_CASE("one line a result, values quoted where they must be") {
  const value::array results{
      object{{"method", "dkim"},
             {"result", "fail"},
             {"reason", "body hash did not verify"},
             {"props", object{{"header.d", "example.com"}, {"header.i", "@example.com"}, {"header.b", "a/b="}}}},
      object{{"method", "spf"}, {"method_version", 1}, {"result", "pass"}}};
  CHECK(mail::authentication_results_value("mx.test", results) ==
        "mx.test;\r\n\tdkim=fail reason=\"body hash did not verify\" header.d=example.com header.i=@example.com "
        "header.b=\"a/b=\";\r\n\tspf/1=pass");
}

TEST_CASE("without results it says none") { CHECK(mail::authentication_results_value("mx.test", {}) == "mx.test; none"); }

TEST_CASE("a reason cannot add a header") {
  const value::array results{object{{"method", "x"}, {"result", "y"}, {"reason", "a\r\nEvil: \"b\""}}};
  CHECK(mail::authentication_results_value("m", results) == "m;\r\n\tx=y reason=\"aEvil: \\\"b\\\"\"");
}
