#include "dns/destination.hpp"

#include <doctest/doctest.h>

using godwit::ip_address;
using godwit::dns::ascii_name;
using godwit::dns::parse_destination;

TEST_CASE("a domain is lower-cased and loses the root dot") {
  const auto d = parse_destination("Example.COM.");
  REQUIRE(d);
  CHECK(d->name == "example.com");
  CHECK_FALSE(d->port);
  CHECK(d->with_port("mx.example.com") == "mx.example.com");
}

TEST_CASE("a port is taken off and joins the leftmost label of the site") {
  const auto d = parse_destination("foo.com:2025");
  REQUIRE(d);
  CHECK(d->name == "foo.com");
  CHECK(d->port == 2025);
  CHECK(d->with_port("mx.foo.com") == "mx:2025.foo.com");
  CHECK(d->with_port("localhost") == "localhost:2025");
}

TEST_CASE("address literals, with and without a port") {
  CHECK(parse_destination("[192.0.2.1]")->literal == ip_address::parse("192.0.2.1"));
  CHECK(parse_destination("[IPv6:2001:db8::1]")->literal == ip_address::parse("2001:db8::1"));
  CHECK(parse_destination("[::1]")->literal == ip_address::parse("::1"));
  const auto d = parse_destination("[127.0.0.1]:2525");
  REQUIRE(d);
  CHECK(d->port == 2525);
  CHECK(d->with_port("127.0.0.1") == "127.0.0.1:2525");
}

TEST_CASE("what is no destination is refused") {
  CHECK_FALSE(parse_destination(""));
  CHECK_FALSE(parse_destination(":25"));
  CHECK_FALSE(parse_destination("[not an address]"));
  CHECK_FALSE(parse_destination("[1.2.3.4"));
}

TEST_CASE("an internationalised domain becomes A-labels") {
  CHECK(*ascii_name("Bücher.Example") == "xn--bcher-kva.example");
  CHECK(*ascii_name("straße.test") == "xn--strae-oqa.test");
  CHECK_FALSE(ascii_name("\xff.example"));
}
