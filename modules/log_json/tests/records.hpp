#pragma once
// Records for tests.

#include <ctime>

#include <godwit/testing/fake_host.hpp>

namespace log_json {

using godwit::sdk::testing::fake_host;

inline godwit_str lit(const char* text) { return {text, std::strlen(text)}; }

/// CPU time of this thread: what else the machine does is not measured.
inline double cpu_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

inline godwit_record delivery() {
  godwit_record r;
  auto& f = r.fields;
  f.size = sizeof(f);
  f.type = GODWIT_RECORD_DELIVERY;
  f.type_name = lit("Delivery");
  f.id = lit("d7ef132b5d7711eea8c8000c29c33806");
  f.sender = lit("sender@example.com");
  r.recipients = {"user@example.org"};
  f.recipient_count = 1;
  f.queue = lit("campaign:tenant@example.org");
  f.site = lit("unspecified->mx.example.org@smtp_client");
  f.message_size = 1047;
  f.response_code = 250;
  f.enhanced_class = 2;
  f.response_content = lit("OK ids=8a5475ccbbc611eda12250ebf67f93bd");
  f.response_command = lit(".");
  f.peer_name = lit("mx.example.org.");
  f.peer_address = lit("192.0.2.9");
  f.timestamp_ns = 1'757'003'425'000'000'000;
  f.created_ns = 1'757'003'424'123'456'789;
  f.bounce_classification = lit("Uncategorized");
  f.egress_pool = lit("pool0");
  f.egress_source = lit("source2");
  f.delivery_protocol = lit("ESMTP");
  return r;
}

}  // namespace log_json
