#include "mail/received_header.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::mail;

namespace {
const message sample(*uuid::parse("6ba7b8109dad11d180b400c04fd430c8"), {},
                     {*address::parse("r@example.com")});

reception plain() {
  reception r;
  r.ehlo_domain = "client.example";
  r.peer = *ip_address::parse("192.0.2.1");
  r.hostname = "mx.example";
  r.local = *ip_address::parse("2001:db8::1");
  r.when = *parse_rfc3339("2026-01-31T08:00:00Z");
  return r;
}
}  // namespace

TEST_CASE("the documented form") {
  CHECK(received_header_value(sample, plain()) ==
        "from client.example (192.0.2.1)\r\n  by mx.example (KumoMTA 2001:db8::1) \r\n"
        "  with ESMTP id 6ba7b8109dad11d180b400c04fd430c8 for <r@example.com>;\r\n  Sat, 31 Jan 2026 "
        "08:00:00 +0000");
}

TEST_CASE("TLS and authentication show") {
  auto r = plain();
  r.authenticated = true;
  CHECK(transmission_type(r) == "ESMTPA");
  r.tls_version = "TLSv1.3";
  r.tls_cipher = "TLS_AES_256_GCM_SHA384";
  CHECK(received_header_value(sample, r).find("with ESMTPSA (TLSv1.3:TLS_AES_256_GCM_SHA384) id 6ba7") !=
        std::string::npos);
  r.authenticated = false;
  CHECK(transmission_type(r) == "ESMTPS");
}

TEST_CASE("the peer's EHLO argument cannot add lines") {
  auto r = plain();
  r.ehlo_domain = "x\r\nBcc: y";
  CHECK(received_header_value(sample, r).starts_with("from x??Bcc: y (192.0.2.1)\r\n  by"));
}
