#include "record_line.hpp"

#include <doctest/doctest.h>

#include "records.hpp"

using namespace log_json;
using godwit::sdk::message_view;
using godwit::sdk::record_view;
using godwit::sdk::value;

namespace {

log_settings settings(fake_host& host, const char* json) {
  return log_settings::from(host.parse(log_options(), json).view());
}

std::string line(const godwit_record& r, godwit_message* m, const log_settings& s) {
  buffer out;
  put_record(out, record_view(&r), message_view(m), s, "9c1e3a5e");
  return fmt::to_string(out);
}

}  // namespace

TEST_CASE("a delivery record has every field of the reference") {
  fake_host host;
  const auto s = settings(host, R"({"log_dir": "/tmp/x"})");
  auto r = delivery();
  CHECK(
      line(r, nullptr, s) ==
      R"({"type":"Delivery","id":"d7ef132b5d7711eea8c8000c29c33806","sender":"sender@example.com",)"
      R"("recipient":"user@example.org","queue":"campaign:tenant@example.org",)"
      R"("site":"unspecified->mx.example.org@smtp_client","size":1047,)"
      R"("response":{"code":250,"enhanced_code":{"class":2,"subject":0,"detail":0},)"
      R"("content":"OK ids=8a5475ccbbc611eda12250ebf67f93bd","command":"."},)"
      R"("peer_address":{"name":"mx.example.org.","addr":"192.0.2.9"},"timestamp":1757003425,)"
      R"("event_time":"2025-09-04T16:30:25Z","created":1757003424,"created_time":"2025-09-04T16:30:24.123456789Z",)"
      R"("num_attempts":0,"bounce_classification":"Uncategorized","egress_pool":"pool0","egress_source":"source2",)"
      R"("source_address":null,"feedback_report":null,"meta":{},"headers":{},"delivery_protocol":"ESMTP",)"
      R"("reception_protocol":null,"nodeid":"9c1e3a5e"})"
      "\n");
}

TEST_CASE("what is known is added, several recipients become an array") {
  fake_host host;
  const auto s = settings(host, R"({"log_dir": "/tmp/x"})");
  auto r = delivery();
  r.recipients = {"a@example.org", "b@example.org"};
  r.fields.recipient_count = 2;
  r.fields.enhanced_class = 0;
  r.fields.response_command = {};
  r.fields.peer_address = {};
  r.fields.tls_cipher = lit("TLS_AES_256_GCM_SHA384");
  r.tls_peer_subjects = {"C=US", "CN=mx"};
  r.fields.tls_peer_subject_count = 2;
  r.fields.session_id = lit("abc");
  const auto text = line(r, nullptr, s);
  CHECK(text.find(R"("recipient":["a@example.org","b@example.org"])") != std::string::npos);
  CHECK(text.find(R"("enhanced_code":null)") != std::string::npos);
  CHECK(text.find(R"("command":null)") != std::string::npos);
  CHECK(text.find(R"("peer_address":null)") != std::string::npos);
  CHECK(
      text.find(
          R"("tls_cipher":"TLS_AES_256_GCM_SHA384","tls_peer_subject_name":["C=US","CN=mx"],"session_id":"abc"})") !=
      std::string::npos);
}

TEST_CASE("headers and meta follow their lists") {
  fake_host host;
  const auto s =
      settings(host, R"({"log_dir": "/tmp/x", "headers": ["subject", "X-*"], "meta": ["tenant", "x_*"]})");
  godwit_message m("Subject: a\r\n folded\r\nX-One: 1\r\nx-one: 2\r\nTo: x\r\n\r\nbody");
  m.meta.member("tenant").become(GODWIT_NULL);
  m.meta.member("x_n").become(GODWIT_INTEGER);
  m.meta.member("other").become(GODWIT_INTEGER);
  const auto text = line(delivery(), &m, s);
  CHECK(text.find(R"("meta":{"tenant":null,"x_n":0},"headers":{"Subject":"a folded","X-One":"1"})") !=
        std::string::npos);
}

TEST_CASE("text is escaped and made valid UTF-8") {
  buffer out;
  put_string(out, "a\"\\\n\x01 \xc3\xa9 \xff \xe2\x82");
  CHECK(fmt::to_string(out) == "\"a\\\"\\\\\\n\\u0001 \xc3\xa9 \xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("cost of a record") {
  fake_host host;
  const auto s = settings(host, R"({"log_dir": "/tmp/x"})");
  const auto r = delivery();
  buffer out;
  constexpr int rounds = 100'000;
  const auto began = cpu_ns();
  for (int i = 0; i < rounds; ++i) {
    out.clear();
    put_record(out, record_view(&r), message_view(), s, "9c1e3a5e");
  }
  const auto took = cpu_ns() - began;
  MESSAGE("serialising a record: ", took / rounds, " ns, ", out.size(), " bytes");
  CHECK(out.size() > 500);
}

TEST_CASE("settings are strict") {
  fake_host host;
  CHECK_THROWS_WITH(settings(host, R"({"log_dir": "/x", "headrs": []})"),
                    doctest::Contains("unknown key \"headrs\""));
  CHECK_THROWS_WITH(settings(host, "{}"), doctest::Contains("log_dir: is required"));
  CHECK_THROWS_WITH(settings(host, R"({"log_dir": "/x", "min_free_space": "lots"})"),
                    doctest::Contains("min_free_space"));
  CHECK_THROWS_WITH(
      settings(host, R"({"log_dir": "/x", "per_record": {"Bounce": {"template": "{{ id }}"}}})"),
      doctest::Contains("template is not supported"));
}

TEST_CASE("records are routed by type") {
  fake_host host;
  const auto s = settings(host, R"({"log_dir": "/x", "per_record": {
      "Any": {"suffix": "_rest"}, "Delivery": {"enable": false}, "Bounce": {"log_dir": "/y"}}})");
  CHECK(s.route[GODWIT_RECORD_DELIVERY] == -1);
  CHECK(s.destinations[static_cast<std::size_t>(s.route[GODWIT_RECORD_BOUNCE])] == destination{"/y", "", ""});
  CHECK(s.destinations[static_cast<std::size_t>(s.route[GODWIT_RECORD_OOB])] ==
        destination{"/x", "_rest", ""});
  CHECK(s.destinations.size() == 2);
}
