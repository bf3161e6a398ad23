#include <doctest/doctest.h>

#include "base/json.hpp"
#include "mail/message.hpp"

using namespace godwit;
using namespace godwit::mail;

namespace {
message sample(std::vector<address> to) {
  return message(uuid::make_v1(), *address::parse("s@example.com"), std::move(to));
}
const address one = *address::parse("r1@example.com");
const address two = *address::parse("\"r 2\"@example.com");
}  // namespace

TEST_CASE("the record has exactly the documented members") {
  auto m = sample({one});
  m.set_meta("tenant", "t\"1");
  CHECK(
      m.encode_meta() ==
      R"({"sender":"s@example.com","recipient":"r1@example.com","meta":{"tenant":"t\"1"},"schedule":null})");
  m.recipients = {one, two};
  m.meta = {};
  m.sender = {};
  CHECK(m.encode_meta() ==
        R"({"sender":"","recipient":["r1@example.com","\"r 2\"@example.com"],"meta":{},"schedule":null})");
}

TEST_CASE("a body stored apart is named") {
  auto m = sample({one});
  m.shared_body_id = *uuid::parse("6ba7b8109dad11d180b400c04fd430c8");
  CHECK(m.encode_meta().ends_with("\"schedule\":null,\"body\":\"6ba7b8109dad11d180b400c04fd430c8\"}"));
  const auto back = message::decode_meta(m.id, m.encode_meta());
  REQUIRE(back);
  CHECK((*back)->shared_body_id == m.shared_body_id);
  CHECK((*back)->encode_meta() == m.encode_meta());
}

TEST_CASE("a record reads back") {
  auto m = sample({one, two});
  m.set_meta("x", value::array{1, "two", object{{"three", 3.5}}});
  m.schedule = schedule{};
  m.schedule->expires = *parse_rfc3339("2026-01-31T08:00:00Z");
  const auto back = message::decode_meta(m.id, m.encode_meta());
  REQUIRE(back);
  const message& b = **back;
  CHECK(b.id == m.id);
  CHECK(b.sender == m.sender);
  CHECK(b.recipients == m.recipients);
  CHECK(b.meta == m.meta);
  CHECK(b.schedule == m.schedule);
  CHECK(b.is_spooled);
  CHECK_FALSE(b.meta_dirty);
  CHECK_FALSE(b.data_dirty);
  CHECK_FALSE(b.content.is_loaded());
}

TEST_CASE("a damaged record is an error, not a message") {
  const uuid id = uuid::make_v1();
  for (const char* text :
       {"", "{", "[]", "{}", R"({"sender":"a@b"})", R"({"sender":1,"recipient":"a@b"})",
        R"({"sender":"a@b","recipient":["a@b",2]})", R"({"sender":"not an address","recipient":"a@b"})",
        R"({"sender":"","recipient":"a@b","meta":[]})",
        R"({"sender":"","recipient":"a@b","schedule":{"dow":"Mon"}})",
        R"({"sender":"","recipient":"a@b","body":"zz"})"}) {
    const auto m = message::decode_meta(id, text);
    REQUIRE_FALSE(m.ok());
    CHECK(m.why().text.find(id.simple()) != std::string::npos);
  }
}
