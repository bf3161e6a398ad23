#include "mail/address.hpp"

#include <doctest/doctest.h>

using godwit::mail::address;

namespace {
address parsed(std::string_view text) {
  auto out = address::parse(text);
  REQUIRE_MESSAGE(out.ok(), std::string(text));
  return *out;
}
}  // namespace

TEST_CASE("user and domain") {
  const auto a = parsed("User.Name+tag@Example.COM");
  CHECK(a.email() == "User.Name+tag@Example.COM");
  CHECK(a.user() == "User.Name+tag");
  CHECK(a.local_part() == "User.Name+tag");
  CHECK(a.domain() == "Example.COM");
  CHECK(a.is_ascii());
  CHECK_FALSE(a.is_null());
}

TEST_CASE("the null sender and postmaster have no domain") {
  CHECK(parsed("").is_null());
  CHECK(parsed("").domain().empty());
  CHECK(parsed("").local_part().empty());
  CHECK(parsed("Postmaster").domain().empty());
  CHECK(parsed("Postmaster").local_part() == "Postmaster");
  CHECK(address().is_null());
}

TEST_CASE("quoted local parts lose quotes and escapes in user() only") {
  const auto a = parsed(R"("a \"b\" @ c"@example.com)");
  CHECK(a.user() == R"(a "b" @ c)");
  CHECK(a.local_part() == R"("a \"b\" @ c")");
  CHECK(a.domain() == "example.com");
  CHECK(parsed(R"(""@example.com)").user().empty());
}

TEST_CASE("address literals") {
  CHECK(parsed("u@[192.0.2.1]").domain() == "[192.0.2.1]");
  CHECK(parsed("u@[IPv6:2001:db8::1]").domain() == "[IPv6:2001:db8::1]");
  for (const char* text :
       {"u@[192.0.2]", "u@[2001:db8::1]", "u@[IPv6:1.2.3.4]", "u@[]", "u@[1.2.3.4", "u@[IPv6:[::1]]"})
    CHECK_FALSE(address::parse(text));
}

TEST_CASE("UTF-8 addresses (RFC 6531)") {
  const auto a = parsed("j\xC3\xBCrgen@m\xC3\xBCnchen.example");
  CHECK_FALSE(a.is_ascii());
  CHECK(a.domain() == "m\xC3\xBCnchen.example");
  CHECK_FALSE(address::parse("j\xFCrgen@example.com"));
  CHECK_FALSE(address::parse("a\xC2\x85@example.com"));  // C1 control
}

TEST_CASE("real oddities are accepted") {
  parsed("a@b");
  parsed("host_user@under_score.example.com");
  parsed("!#$%&'*+-/=?^_`{|}~@example.com");
  parsed(std::string(100, 'v') + "@example.com");
}

TEST_CASE("malformed addresses are refused") {
  using namespace std::string_view_literals;
  for (const auto text : {"user"sv,
                          "@example.com"sv,
                          "user@"sv,
                          "a b@example.com"sv,
                          "a..b@example.com"sv,
                          ".a@example.com"sv,
                          "a.@example.com"sv,
                          "a@b@c"sv,
                          "<a@b>"sv,
                          "a@-b.com"sv,
                          "a@b-.com"sv,
                          "a@b..com"sv,
                          "a@b.com."sv,
                          "a@b com"sv,
                          "\"a@example.com"sv,
                          "\"a\"b@example.com"sv,
                          "a,b@example.com"sv,
                          "a@exa\r\nmple.com"sv,
                          "a\0b@example.com"sv,
                          "a@b\0"sv,
                          "\"a\nb\"@c"sv,
                          "\"\\"sv,
                          "\"a\\\"@b"sv,
                          "a@b:25"sv,
                          " a@b"sv,
                          "a@b "sv})
    CHECK_FALSE_MESSAGE(address::parse(text).ok(), std::string(text));
}

TEST_CASE("lengths are limited") {
  CHECK_FALSE(address::parse(std::string(257, 'a') + "@example.com"));
  CHECK_FALSE(address::parse("a@" + std::string(64, 'b') + ".com"));
  std::string domain;
  while (domain.size() < 260) domain += "label.";
  CHECK_FALSE(address::parse("a@" + domain + "com"));
}
