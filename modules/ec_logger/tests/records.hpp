#pragma once
// Records for tests: fixed times, ids and addresses.

#include <cstring>
#include <string>

#include <godwit/testing/fake_host.hpp>

namespace ec_logger {

using godwit::sdk::testing::fake_host;

inline godwit_str lit(const char* text) { return {text, std::strlen(text)}; }

inline godwit_record record_of(std::int32_t type, std::vector<std::string> recipients = {"bob@example.fict"}) {
  godwit_record r;
  auto& f = r.fields;
  f.size = sizeof(f);
  f.type = type;
  f.id = lit("d7ef132b5d7711eea8c8000c29c33806");
  f.sender = lit("info@postalengine.com");
  r.recipients = std::move(recipients);
  f.recipient_count = r.recipients.size();
  f.message_size = 201;
  f.timestamp_ns = 1'757'003'425'123'456'789;
  f.created_ns = 1'757'003'401'200'000'000;
  f.bounce_classification = lit("Uncategorized");
  return r;
}

inline godwit_record reception(std::vector<std::string> recipients = {"bob@example.fict"}) {
  auto r = record_of(GODWIT_RECORD_RECEPTION, std::move(recipients));
  auto& f = r.fields;
  f.response_code = 250;
  f.peer_name = lit("client.test");
  f.peer_address = lit("10.0.1.1");
  f.peer_endpoint = lit("10.0.1.1:42601");
  f.local_endpoint = lit("10.0.1.25:25");
  f.reception_protocol = lit("ESMTP");
  f.session_id = lit("6a1c9b2e-0f0d-4f0b-9f58-3c9d5a1e7b11");
  return r;
}

inline godwit_record rejection(const char* command) {
  auto r = reception();
  auto& f = r.fields;
  f.type = GODWIT_RECORD_REJECTION;
  f.id = {};
  f.response_code = 550;
  f.enhanced_class = 5, f.enhanced_subject = 7, f.enhanced_detail = 1;
  f.response_content = lit("relaying denied");
  f.response_command = lit(command);
  return r;
}

/// An attempt that was answered at `command`.
inline godwit_record attempt(std::int32_t type, const char* command, int code, const char* content) {
  auto r = record_of(type);
  auto& f = r.fields;
  f.response_code = code;
  f.response_content = lit(content);
  if (command[0] != '\0') f.response_command = lit(command);
  f.num_attempts = 2;
  f.peer_name = lit("mx.example.fict.");
  f.peer_address = lit("192.0.2.9");
  f.session_id = lit("c4d3f6a0-57c1-4b59-8a8e-2b7a4f7c9e02");
  f.egress_pool = lit("pool0");
  f.egress_source = lit("ip1");
  f.reception_protocol = lit("ESMTP");
  return r;
}

/// A failure that this server decided on: no peer.
inline godwit_record internal_failure(std::int32_t type, int code, const char* content) {
  auto r = attempt(type, "", code, content);
  r.fields.peer_name = r.fields.peer_address = r.fields.session_id = {};
  r.fields.egress_pool = lit("unspecified");
  r.fields.egress_source = {};
  return r;
}

}  // namespace ec_logger
