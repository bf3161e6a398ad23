#include "dns/resolver.hpp"

#include <doctest/doctest.h>

using godwit::dns::site_name_of;

TEST_CASE("labels that differ become alternatives, and a label that some hosts lack is optional") {
  CHECK(site_name_of({"gmail-smtp-in.l.google.com", "alt1.gmail-smtp-in.l.google.com", "alt2.gmail-smtp-in.l.google.com",
                      "alt3.gmail-smtp-in.l.google.com", "alt4.gmail-smtp-in.l.google.com"}) ==
        "(alt1|alt2|alt3|alt4)?.gmail-smtp-in.l.google.com");
  CHECK(site_name_of({"mta5.am0.yahoodns.net", "mta6.am0.yahoodns.net", "mta7.am0.yahoodns.net"}) ==
        "(mta5|mta6|mta7).am0.yahoodns.net");
}

TEST_CASE("case and the root dot do not tell hosts apart") {
  CHECK(site_name_of({"MX1.Example.COM.", "mx2.example.com"}) == "(mx1|mx2).example.com");
}

TEST_CASE("alternatives keep the order of first appearance") {
  CHECK(site_name_of({"b.one.test", "a.two.test", "b.two.test"}) == "(b|a).(one|two).test");
}

TEST_CASE("an optional label that never varies has no parentheses") {
  CHECK(site_name_of({"example.com", "mx.example.com"}) == "mx?.example.com");
}

TEST_CASE("one host is its own site, the root names none") {
  CHECK(site_name_of({"mx.example.com"}) == "mx.example.com");
  CHECK(site_name_of({"."}).empty());
  CHECK(site_name_of({}).empty());
}
