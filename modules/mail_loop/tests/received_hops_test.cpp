#include "received_hops.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace mail_loop;

TEST_CASE("the by clause of a Received field") {
  const std::pair<const char*, const char*> known[] = {
      {" from a.test (192.0.2.1)\r\n  by mx.test (KumoMTA 192.0.2.25) \r\n  with ESMTP id x for <b@by.test>;\r\n  date", "mx.test"},
      {" by mx.test; date", "mx.test"},
      {" from x (by evil.test) BY\tmx.test(comment);", "mx.test"},
      {" from \"by evil.test\" by mx.test", "mx.test"},
      {" from x (nested (by evil.test) \\) by evil.test) by mx.test", "mx.test"},
      {" from x; by mx.test", ""},
      {" from bystander with esmtp", ""},
      {" by", ""},
      {" (unclosed by mx.test", ""},
      {"", ""}};
  for (const auto& [raw, host] : known) {
    CAPTURE(raw);
    CHECK(received_by(raw) == host);
  }
}

TEST_CASE("hops are counted, own ones by any of the names and in any case") {
  godwit::sdk::testing::fake_host host;
  godwit_message m(
      "Received: from a by MX.test; d\r\nX-Received: from a by mx.test\r\nreceived: from b\r\n\tby other.test; d\r\n"
      "Received: from c by alias.test; d\r\nReceived: no clause at all\r\n\r\nReceived: from d by mx.test\r\n");
  const auto n = count_hops(godwit::sdk::message_view(&m), {"mx.test", "alias.test", ""});
  CHECK(n.all == 4);
  CHECK(n.own == 2);
}
