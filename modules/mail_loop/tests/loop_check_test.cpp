#include "loop_check.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace mail_loop;
using godwit::sdk::failure;
using godwit::sdk::verdict;
using godwit::sdk::testing::fake_host;

namespace {

struct checking {
  fake_host host;
  loop_check check;
  godwit_connection connection;

  explicit checking(std::string_view json) : check(host.parse(loop_settings(), json).view()) {
    connection.meta.member("hostname").become(GODWIT_TEXT);
    connection.meta.member("hostname").text = "mx.test";
  }
  verdict run(godwit_message& m) {
    return check.check(godwit::sdk::message_view(&m), godwit::sdk::connection_view(&connection));
  }
  std::uint64_t count(const std::string& by) { return host.counters["godwit_mail_loop_detected_total{" + by + "}"].n; }
};

godwit_message with_hops(int count, const std::string& by) {
  std::string head;
  for (int i = 0; i < count; ++i) head += "Received: from a by " + by + "; date\r\n";
  return godwit_message(head + "From: a@example.com\r\n\r\nbody\r\n");
}

}  // namespace

TEST_CASE("more Received fields than allowed are a loop") {
  checking c("{}");
  auto fits = with_hops(20, "other.test"), loops = with_hops(21, "other.test");
  CHECK(c.run(fits).what == verdict::kind::proceed);
  const auto v = c.run(loops);
  CHECK(v.what == verdict::kind::reject);
  CHECK(v.code == 554);
  CHECK(v.text == "5.4.6 mail loop detected");
  CHECK(c.count("received") == 1);
  CHECK(c.host.has_logged("21 Received fields"));
}

TEST_CASE("more visits to this server than allowed are a loop, under each of its names") {
  for (const auto* name : {"mx.test", "mail.example.com", "alias.test"}) {
    checking c(R"({"own_names": ["alias.test"]})");
    auto fits = with_hops(4, name), loops = with_hops(5, name);
    CHECK(c.run(fits).what == verdict::kind::proceed);
    CHECK(c.run(loops).code == 554);
    CHECK(c.count("own_received") == 1);
  }
  checking off(R"({"max_own_received_headers": 0})");
  auto many = with_hops(15, "mx.test");
  CHECK(off.run(many).what == verdict::kind::proceed);
}

TEST_CASE("a peer that is this machine is a loop when asked for") {
  auto m = with_hops(0, "");
  checking off("{}");
  off.check.set_addresses(own_addresses({"192.0.2.1"}));
  CHECK(off.run(m).what == verdict::kind::proceed);
  checking on(R"({"use_ip": true, "code": 451})");
  on.check.set_addresses(own_addresses({"192.0.2.1", "2001:db8::1"}));
  const auto v = on.run(m);
  CHECK(v.code == 451);
  CHECK(v.text == "4.4.6 mail loop detected");
  on.connection.peer = "[2001:db8::1]:2525";
  CHECK(on.run(m).code == 451);
  on.connection.peer = "192.0.2.10:2525";
  CHECK(on.run(m).what == verdict::kind::proceed);
  CHECK(own_addresses::read().has("127.0.0.1:25"));
}

TEST_CASE("code 250 only marks, and only the message that it is true of") {
  checking c(R"({"use_ip": true, "code": 250})");
  c.check.set_addresses(own_addresses({"192.0.2.1"}));
  auto loops = with_hops(21, "mx.test");
  CHECK(c.run(loops).what == verdict::kind::proceed);
  CHECK(c.connection.meta.find("mail_loop_header_count")->integer == 21);
  CHECK(loops.meta.find("mail_loop_own_count")->integer == 21);
  CHECK(c.connection.meta.find("mail_loop_ip")->text == "match");
  auto next = with_hops(1, "mx.test");
  c.run(next);
  CHECK(c.connection.meta.find("mail_loop_header_count")->kind == GODWIT_NULL);
  CHECK(c.connection.meta.find("mail_loop_ip")->text == "match");
}

TEST_CASE("a code that is neither is refused") {
  fake_host host;
  CHECK_THROWS_AS(loop_check(host.parse(loop_settings(), R"({"code": 354})").view()), failure);
}
