#include "http/credentials.hpp"

#include <doctest/doctest.h>

using namespace godwit::http;

namespace {
constexpr const char* unsupported = "Malformed or unsupported Authorization header";
}

TEST_CASE("Basic with and without a password") {
  const auto with = parse_authorization("basic  dXNlcjpwYTpzcw==");
  REQUIRE(with.ok());
  CHECK(std::get<basic_credentials>(*with).user == "user");
  CHECK(std::get<basic_credentials>(*with).password == "pa:ss");
  const auto without = parse_authorization("Basic dXNlcg==");
  REQUIRE(without.ok());
  CHECK_FALSE(std::get<basic_credentials>(*without).password);
  CHECK(describe(*with) == "HttpBasicAuth user");
}

TEST_CASE("Bearer shows its beginning only") {
  const auto c = parse_authorization("Bearer abcdefgh");
  REQUIRE(c.ok());
  CHECK(std::get<bearer_credentials>(*c).token == "abcdefgh");
  CHECK(describe(*c) == "BearerToken abcd...");
}

TEST_CASE("what is no credentials") {
  for (const char* text : {"", "Basic", "Basic ", "Basic !!", "Basic /w==", "Bearer", "Digest x", "dXNlcg=="}) {
    INFO(text);
    const auto c = parse_authorization(text);
    REQUIRE_FALSE(c.ok());
    CHECK(c.why().text == unsupported);
  }
  CHECK(parse_authorization("Basic \xc3\xa9").why().text == "Malformed Authorization header");
  CHECK(parse_authorization("Basic \x01").why().text == "Malformed Authorization header");
}
