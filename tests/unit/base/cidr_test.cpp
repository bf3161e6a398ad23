#include "base/cidr.hpp"

#include <doctest/doctest.h>

using namespace godwit;

namespace {
ip_address ip(const char* text) { return *ip_address::parse(text); }
}  // namespace

TEST_CASE("addresses parse and print") {
  CHECK(ip("10.0.0.1").text() == "10.0.0.1");
  CHECK(ip("2001:DB8::1").text() == "2001:db8::1");
  CHECK(ip("[::1]").text() == "::1");
  CHECK(ip("::ffff:10.0.0.1") == ip("10.0.0.1"));
  CHECK(ip_address().text() == "0.0.0.0");
  for (const char* text : {"", "10.0.0", "10.0.0.256", "10.0.0.01", "1.2.3.4 ", "::1%eth0", "[10.0.0.1]",
                           "[]", ":::", "localhost"})
    CHECK_FALSE(ip_address::parse(text));
  CHECK_FALSE(ip_address::parse(std::string_view("10.0.0.1\0x", 10)));
}

TEST_CASE("endpoints need a port and brackets around IPv6") {
  CHECK(ip_endpoint::parse("10.0.0.1:25")->text() == "10.0.0.1:25");
  CHECK(ip_endpoint::parse("[::1]:0")->text() == "[::1]:0");
  for (const char* text :
       {"10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:+5", "::1:25", "[::1]", "host:25", ":25"})
    CHECK_FALSE(ip_endpoint::parse(text));
}

TEST_CASE("a block contains its addresses and no others") {
  const auto block = cidr::parse("10.1.0.0/18");
  REQUIRE(block);
  CHECK(block->contains(ip("10.1.63.255")));
  CHECK_FALSE(block->contains(ip("10.1.64.0")));
  CHECK_FALSE(block->contains(ip("::1")));
  CHECK(block->text() == "10.1.0.0/18");
  const auto six = cidr::parse("2001:db8::/33");
  REQUIRE(six);
  CHECK(six->contains(ip("2001:db8:7fff::1")));
  CHECK_FALSE(six->contains(ip("2001:db8:8000::1")));
}

TEST_CASE("the empty prefix contains everything of its family") {
  CHECK(cidr::parse("0.0.0.0/0")->contains(ip("255.255.255.255")));
  CHECK_FALSE(cidr::parse("0.0.0.0/0")->contains(ip("::1")));
  CHECK(cidr::parse("::/0")->contains(ip("ffff::")));
}

TEST_CASE("a plain address is a block of one") {
  const auto block = cidr::parse("192.0.2.7");
  REQUIRE(block);
  CHECK(block->prefix == 32);
  CHECK(block->text() == "192.0.2.7");
  CHECK_FALSE(block->contains(ip("192.0.2.8")));
}

TEST_CASE("host bits and bad lengths are errors") {
  CHECK(cidr::parse("10.0.0.1/24").why().text.find("host bits") != std::string::npos);
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "x/8", "::1/64", "::/129"})
    CHECK_FALSE(cidr::parse(text));
}

TEST_CASE("an IPv4-mapped block is the IPv4 block") {
  const auto block = cidr::parse("::ffff:10.0.0.0/104");
  REQUIRE(block);
  CHECK(block->text() == "10.0.0.0/8");
  CHECK_FALSE(cidr::parse("::ffff:10.0.0.0/90"));
}

TEST_CASE("a set is the union of its blocks") {
  const auto set = cidr_set::parse({"127.0.0.0/8", "::1"});
  REQUIRE(set);
  CHECK(set->contains(ip("127.1.2.3")));
  CHECK(set->contains(ip("::1")));
  CHECK(set->contains(ip("::ffff:127.0.0.1")));
  CHECK_FALSE(set->contains(ip("10.0.0.1")));
  CHECK(cidr_set().empty());
  CHECK_FALSE(cidr_set::parse({"127.0.0.0/8", "bad"}));
}
