#include "dns/record.hpp"

#include <doctest/doctest.h>


using namespace godwit::dns;
using namespace std::string_literals;

TEST_CASE("names go to wire form and back") {
  CHECK(*write_name("MX.example.com.") == "\2MX\7example\3com\0"s);
  CHECK(*read_name("\2MX\7example\3com\0"s) == "mx.example.com");
  CHECK(*write_name(".") == "\0"s);
  CHECK(*read_name("\0"s) == "");
  CHECK(*write_name("a\\.b.test") == "\3a.b\4test\0"s);
  CHECK(*read_name("\3a.b\4test\0"s) == "a\\.b.test");
  CHECK(*write_name("a\\000b") == "\3a\0b\0"s);
  CHECK(*read_name("\3a\0b\0"s) == "a\\000b");
}

TEST_CASE("names that break the rules are refused") {
  CHECK_FALSE(write_name(std::string(64, 'a')));
  CHECK_FALSE(write_name("a..b"));
  CHECK_FALSE(write_name("trailing\\"));
  CHECK_FALSE(write_name("\\999"));
  std::string long_name;
  for (int i = 0; i < 130; ++i) long_name += "a.";
  CHECK_FALSE(write_name(long_name));
  CHECK_FALSE(read_name("\5abc"));
  CHECK_FALSE(read_name("\300\14"s));
  CHECK_FALSE(read_name("\1a"));
  CHECK_FALSE(read_name(""));
}

TEST_CASE("MX, address and TXT data") {
  const auto mx = read_mx("\0\12\2mx\4test\0"s);
  REQUIRE(mx);
  CHECK(mx->preference == 10);
  CHECK(mx->host == "mx.test");
  CHECK(read_mx("\0\0\0"s)->host.empty());
  CHECK_FALSE(read_mx("\0\1"s));
  CHECK(read_address("\300\0\2\1"s)->text() == "192.0.2.1");
  CHECK_FALSE(read_address("\1\2\3"));
  CHECK(*read_txt("\5v=spf\3 -a"s) == "v=spf -a");
  CHECK_FALSE(read_txt("\5abc"));
}

TEST_CASE("record data in master file form") {
  CHECK(rdata_text(type::a, "\300\0\2\1"s) == "192.0.2.1");
  CHECK(rdata_text(type::mx, "\0\12\2mx\4test\0"s) == "10 mx.test.");
  CHECK(rdata_text(type::mx, "\0\0\0"s) == "0 .");
  CHECK(rdata_text(type::ptr, "\2mx\4test\0"s) == "mx.test.");
  CHECK(rdata_text(type::txt, "\5v=spf\3 -a"s) == R"("v=spf" " -a")");
  CHECK(rdata_text(type::txt, "\4\"\\\1\xff"s) == R"("\"\\\001\255")");
  CHECK(rdata_text(type::tlsa, "\3\1\1\xab"s) == R"(\# 4 030101ab)");
  CHECK(rdata_text(type::a, "abc") == R"(\# 3 616263)");
}

TEST_CASE("reverse names") {
  CHECK(reverse_name(*godwit::ip_address::parse("192.0.2.1")) == "1.2.0.192.in-addr.arpa");
  CHECK(reverse_name(*godwit::ip_address::parse("2001:db8::1")) ==
        "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
}

TEST_CASE("record types by name and number") {
  CHECK(parse_type("mx") == type::mx);
  CHECK(parse_type("TYPE52") == type::tlsa);
  CHECK_FALSE(parse_type("TYPE70000"));
  CHECK_FALSE(parse_type("NOPE"));
  CHECK(type_text(type::aaaa) == "AAAA");
  CHECK(type_text(999) == "TYPE999");
}
