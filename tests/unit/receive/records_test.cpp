#include "receive/records.hpp"

#include "receive/received_report.hpp"
#include "rig.hpp"

using namespace godwit;
using namespace godwit::receive;

namespace {

struct fixture : test::rig {
  fixture() {
    context->meta.set("ehlo_domain", "client.test");
    context->meta.set("tls_cipher", "TLS_AES_128_GCM_SHA256");
    context->session_id = uuid::make_v1();
  }
  mail::message_ref message(std::string data) {
    auto t = transaction({"to@y.test"}, std::move(data));
    auto m = std::make_shared<mail::message>(uuid::make_v1(), t.sender, t.recipients);
    m->content.base = t.body;
    return m;
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a reception") {
  const auto m = message("Subject: x\r\n\r\nbody\r\n");
  const auto r = reception_record(*m, *context, mail::response::parse(250, "OK ids=1"));
  CHECK(r.type == mail::record_type::reception);
  CHECK(r.id == m->id.simple());
  CHECK(r.sender == "from@example.org");
  CHECK(r.recipients == std::vector<std::string>{"to@y.test"});
  CHECK(r.queue == "y.test");
  CHECK(r.site.empty());
  CHECK(r.size == m->content.size());
  CHECK(r.peer_address->name == "client.test");
  CHECK(r.peer_address->addr == "192.0.2.9");
  CHECK(r.reception_protocol == "ESMTP");
  CHECK(r.tls_cipher == "TLS_AES_128_GCM_SHA256");
  CHECK(r.session_id == context->session_id.hyphenated());
}

TEST_CASE_FIXTURE(fixture, "a rejection has no id and what is known of the envelope") {
  const auto sender = *mail::address::parse("a@x.test");
  const auto r = rejection_record(*context, mail::response::parse(550, "5.7.1 no"), &sender, nullptr);
  CHECK(r.type == mail::record_type::rejection);
  CHECK(r.id.empty());
  CHECK(r.sender == "a@x.test");
  CHECK(r.recipients.empty());
  CHECK(r.response.code == 550);
}

TEST_CASE_FIXTURE(fixture, "a bounce that came as mail") {
  const auto m = message(test::bounce_report());
  const auto report = received_report::find(*m);
  REQUIRE(report);
  smtp::listener_domain domain;
  domain.log_oob = smtp::report_handling::log_then_drop;
  CHECK(report->handling(domain) == smtp::report_handling::log_then_drop);
  const auto records = report->records(*m, *context, m->recipients.front());
  REQUIRE(records.size() == 1);
  const auto& r = records.front();
  CHECK(r.type == mail::record_type::oob);
  CHECK(r.sender == "to@y.test");
  CHECK(r.recipients == std::vector<std::string>{"gone@far.test"});
  CHECK(r.response.one_line() == "554 5.1.1 nobody");
  CHECK(r.peer_address->name == "mx.far.test");
}

TEST_CASE_FIXTURE(fixture, "other mail, and what only claims to be a report") {
  CHECK_FALSE(received_report::find(*message("Subject: x\r\n\r\nbody\r\n")));
  const std::string head = "Content-Type: multipart/report; boundary=B; report-type=";
  CHECK_FALSE(received_report::find(*message(head + "delivery-status\r\n\r\n--B--\r\n")));
  CHECK_FALSE(received_report::find(*message(head + "feedback-report\r\n\r\n--B--\r\n")));
  CHECK_FALSE(received_report::find(*message(head + "disposition-notification\r\n\r\n--B--\r\n")));
}
