#include "dns/zone.hpp"

#include <doctest/doctest.h>

#include "dns/record.hpp"

using namespace godwit::dns;

namespace {

answer find(const zone& z, const std::string& name, unsigned record_type) {
  std::string alias;
  return z.find(name, record_type, alias);
}

std::string mistake(std::string_view text) {
  const auto z = zone::parse(text);
  return z ? "none" : z.why().text;
}

}  // namespace

TEST_CASE("a zone in master file format") {
  const auto z = zone::parse(R"(
$ORIGIN Example.test.   ; the rest is relative
$TTL 1h
@   IN SOA ns hostmaster (
        2024010101 ; serial
        1d 2h 4w 5m )
    IN NS  ns
@   30 IN MX 10 mx1
    IN 40 MX 20 mx2.other.test.
mx1 A 192.0.2.1
    AAAA 2001:db8::1
txt TXT "v=spf1; -all" second "a \"quote\""
_25._tcp.mx1 TLSA 3 1 1 0a0b 0C
any TYPE65280 \# 3 010203
)");
  REQUIRE(z);
  CHECK(z->apex() == "example.test");
  CHECK(z->covers("a.example.test"));
  CHECK_FALSE(z->covers("notexample.test"));

  const auto mx = find(*z, "example.test", type::mx);
  REQUIRE(mx.rdata.size() == 2);
  CHECK(read_mx(mx.rdata[0])->host == "mx1.example.test");
  CHECK(read_mx(mx.rdata[1])->host == "mx2.other.test");
  CHECK(mx.ttl == std::chrono::seconds(40));
  CHECK(find(*z, "mx1.example.test", type::a).ttl == std::chrono::hours(1));
  CHECK(read_address(find(*z, "mx1.example.test", type::aaaa).rdata.at(0))->text() == "2001:db8::1");
  CHECK(read_txt(find(*z, "txt.example.test", type::txt).rdata.at(0)) == "v=spf1; -allseconda \"quote\"");
  CHECK(find(*z, "_25._tcp.mx1.example.test", type::tlsa).rdata.at(0) == std::string("\3\1\1\x0a\x0b\x0c"));
  CHECK(find(*z, "any.example.test", 65280).rdata.at(0) == "\1\2\3");
}

TEST_CASE("what exists without the type, and what does not exist") {
  const auto z = zone::parse("$ORIGIN example.test.\n@ SOA ns host 1 2 3 4 60\na.b A 192.0.2.1\n");
  REQUIRE(z);
  CHECK(find(*z, "a.b.example.test", type::mx).exists);
  CHECK(find(*z, "b.example.test", type::mx).exists);  // an empty name between
  const auto missing = find(*z, "c.example.test", type::a);
  CHECK_FALSE(missing.exists);
  CHECK(missing.ttl == std::chrono::seconds(60));
}

TEST_CASE("wildcards stand for what does not exist") {
  const auto z = zone::parse("$ORIGIN example.test.\n@ MX 10 mx\n*.w MX 10 wild\nkept.w A 192.0.2.1\n");
  REQUIRE(z);
  CHECK(find(*z, "x.w.example.test", type::mx).rdata.size() == 1);
  CHECK(find(*z, "x.y.w.example.test", type::mx).rdata.size() == 1);
  CHECK(find(*z, "kept.w.example.test", type::mx).rdata.empty());
  CHECK_FALSE(find(*z, "x.kept.w.example.test", type::mx).exists);
}

TEST_CASE("an alias is reported unless it was asked for") {
  const auto z = zone::parse("$ORIGIN example.test.\nwww CNAME Target.example.org.\n");
  REQUIRE(z);
  std::string alias;
  CHECK(z->find("www.example.test", type::a, alias).rdata.empty());
  CHECK(alias == "target.example.org");
  alias.clear();
  CHECK(z->find("www.example.test", type::cname, alias).rdata.size() == 1);
  CHECK(alias.empty());
}

TEST_CASE("mistakes name their line") {
  CHECK(mistake("") == "the zone has no records");
  CHECK(mistake("a.test. A 192.0.2.1\n\nb.test. A nonsense\n") == "zone line 3: A record of b.test: needs one address");
  CHECK(mistake("a.test. MX mx.test.") == "zone line 1: MX record of a.test: needs a preference and a host");
  CHECK(mistake("a.test. RRSIG x") == "zone line 1: record type RRSIG is not supported");
  CHECK(mistake("a.test. 300 IN") == "zone line 1: a record needs a type");
  CHECK(mistake("$INCLUDE x") == "zone line 1: $INCLUDE is not supported");
  CHECK(mistake("$TTL never") == "zone line 1: never is not a time to live");
  CHECK(mistake("a.test. TYPE9 \\# 2 01") == "zone line 1: TYPE9 record of a.test: 1 bytes of data where \\# says 2");
  CHECK(mistake("a.test. SOA ns host 1 2 3") ==
        "zone line 1: SOA record of a.test: needs two names, serial, refresh, retry, expire and minimum");
}
