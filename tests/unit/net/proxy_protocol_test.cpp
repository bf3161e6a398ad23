#include "net/proxy_protocol.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using verdict = net::proxy_header::verdict;

namespace {
net::proxy_header parse(std::string_view s) { return net::parse_proxy_header({s.data(), s.size()}); }
}  // namespace

TEST_CASE("version 1 names both sides") {
  const auto h = parse("PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\nEHLO");
  CHECK(h.status == verdict::complete);
  CHECK(h.consumed == 44);
  CHECK(h.has_addresses);
  CHECK(h.source.text() == "192.0.2.1:56324");
  CHECK(h.destination.text() == "198.51.100.2:25");
  CHECK(parse("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n").source.text() == "[2001:db8::1]:1");
}

TEST_CASE("version 1 UNKNOWN leaves the addresses alone") {
  const auto h = parse("PROXY UNKNOWN ff:: anything\r\n");
  CHECK(h.status == verdict::complete);
  CHECK_FALSE(h.has_addresses);
}

TEST_CASE("what breaks the specification is invalid") {
  for (const auto* bad :
       {"PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 25\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 025 25\r\n", "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "EHLO x\r\n", "proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "\r\n\r\nx"}) {
    CAPTURE(bad);
    CHECK(parse(bad).status == verdict::invalid);
  }
  CHECK(parse("PROXY TCP4 " + std::string(107, '1')).status == verdict::invalid);
}

TEST_CASE("every prefix of a header is incomplete") {
  const std::string v1 = "PROXY TCP4 192.0.2.1 198.51.100.2 56324 25\r\n";
  const auto v2 =
      net::write_proxy_header(*ip_endpoint::parse("192.0.2.1:5"), *ip_endpoint::parse("192.0.2.2:25"));
  for (const auto& whole : {v1, v2}) {
    for (std::size_t n = 0; n < whole.size(); ++n)
      CHECK(parse(whole.substr(0, n)).status == verdict::incomplete);
    CHECK(parse(whole).consumed == whole.size());
  }
}

TEST_CASE("version 2 as written is read back") {
  const auto four =
      net::write_proxy_header(*ip_endpoint::parse("192.0.2.1:56324"), *ip_endpoint::parse("192.0.2.2:25"));
  CHECK(four.size() == 28);
  CHECK(parse(four).source.text() == "192.0.2.1:56324");
  CHECK(parse(four).destination.text() == "192.0.2.2:25");
  const auto six =
      net::write_proxy_header(*ip_endpoint::parse("[2001:db8::1]:1"), *ip_endpoint::parse("[::1]:25"));
  CHECK(six.size() == 52);
  CHECK(parse(six).source.text() == "[2001:db8::1]:1");
  CHECK(parse(six).destination.text() == "[::1]:25");
}

TEST_CASE("version 2 LOCAL, extra fields and bad lengths") {
  auto header =
      net::write_proxy_header(*ip_endpoint::parse("192.0.2.1:5"), *ip_endpoint::parse("192.0.2.2:25"));
  auto local = header;
  local[12] = '\x20';
  CHECK(parse(local).status == verdict::complete);
  CHECK_FALSE(parse(local).has_addresses);
  auto extended = header + std::string("\x04\x00\x01\x00", 4);
  extended[15] = 16;
  CHECK(parse(extended).consumed == 32);
  CHECK(parse(extended).has_addresses);
  auto cut = header;
  cut[15] = 11;
  CHECK(parse(cut).status == verdict::invalid);
  auto huge = header;
  huge[14] = '\x7f';
  CHECK(parse(huge).status == verdict::invalid);
  auto version3 = header;
  version3[12] = '\x31';
  CHECK(parse(version3).status == verdict::invalid);
}
