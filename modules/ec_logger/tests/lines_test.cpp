#include "log_lines.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "bounce_class.hpp"
#include "field_text.hpp"
#include "records.hpp"
#include "stage.hpp"

using namespace ec_logger;
using godwit::sdk::record_view;

namespace {

constexpr std::int64_t now = 1'757'003'460'000'000'000;

std::string golden(const char* name) {
  std::ifstream in(std::filesystem::path(__FILE__).parent_path() / "golden" / name);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

using put_lines = std::size_t (*)(std::string&, const record_view&, const logger_settings&);

std::string lines(put_lines put, const std::vector<godwit_record>& records, const logger_settings& s = {}) {
  std::string out;
  for (const auto& r : records) put(out, record_view(&r), s);
  return out;
}

/// Every type of record there is.
std::vector<godwit_record> all_types() {
  std::vector<godwit_record> all;
  for (std::int32_t type = GODWIT_RECORD_RECEPTION; type <= GODWIT_RECORD_XFER_IN; ++type) all.push_back(record_of(type));
  return all;
}

}  // namespace

TEST_CASE("mainlog") {
  fake_host host;
  auto by_http = reception();
  by_http.fields.reception_protocol = lit("HTTP");
  by_http.fields.sender = lit("");
  auto generated = reception();
  generated.fields.reception_protocol = generated.fields.peer_address = generated.fields.session_id = {};
  auto transferred_in = reception();
  transferred_in.fields.type = GODWIT_RECORD_XFER_IN;
  auto out = lines(put_main, {
      reception(),
      reception({"bob@example.fict", "\"odd@\\name\"@example.org"}),
      by_http,
      generated,
      transferred_in,
      attempt(GODWIT_RECORD_DELIVERY, ".", 250, "OK"),
      attempt(GODWIT_RECORD_XFER_OUT, ".", 250, "OK"),
      attempt(GODWIT_RECORD_TRANSIENT_FAILURE, "RCPT TO:<bob@example.fict>", 450, "mailbox busy"),
      attempt(GODWIT_RECORD_BOUNCE, ".", 554, "spam\r\nsee a@b \\o/\x01"),
      internal_failure(GODWIT_RECORD_EXPIRATION, 551, "message expired"),
      internal_failure(GODWIT_RECORD_ADMIN_BOUNCE, 551, "purged"),
  });
  put_heartbeat(out, log_kind::main, now, {});
  CHECK(out == golden("mainlog.ec"));
}

TEST_CASE("bouncelog") {
  fake_host host;
  auto classified = attempt(GODWIT_RECORD_BOUNCE, "RCPT TO:<bob@example.fict>", 550, "no such user");
  classified.fields.enhanced_class = 5, classified.fields.enhanced_subject = 1, classified.fields.enhanced_detail = 1;
  classified.fields.bounce_classification = lit("InvalidRecipient");
  auto out = lines(put_bounce, {
      classified,
      attempt(GODWIT_RECORD_TRANSIENT_FAILURE, "MAIL FROM:<info@postalengine.com>", 451, "later"),
      internal_failure(GODWIT_RECORD_EXPIRATION, 551, "message expired"),
      internal_failure(GODWIT_RECORD_OOB, 550, "came back"),
  });
  put_heartbeat(out, log_kind::bounce, now, {});
  CHECK(out == golden("bouncelog.ec"));
}

TEST_CASE("rejectlog") {
  fake_host host;
  auto bare = rejection("");
  bare.recipients.clear();
  bare.fields.recipient_count = 0;
  bare.fields.sender = bare.fields.peer_name = {};
  bare.fields.enhanced_class = 0;
  bare.fields.response_code = 421;
  bare.fields.response_content = lit("too many connections");
  auto odd = rejection("EHLO a,\"b\"]");
  odd.fields.peer_name = lit("a,\"b\"]\n");
  auto out = lines(put_reject, {bare, odd, rejection("MAIL FROM:<info@postalengine.com>"), rejection("RCPT TO:<bob@example.fict>"),
                                rejection("DATA"), rejection("."), rejection("AUTH PLAIN")});
  put_heartbeat(out, log_kind::reject, now, {});
  CHECK(out == golden("rejectlog.ec"));
}

TEST_CASE("paniclog") {
  fake_host host;
  std::string out;
  put_panic(out, now, "ec_logger", "cannot write /var/log/godwit/mainlog.ec: No space left on device\nsecond line", {});
  put_panic(out, now, "spool", "the store fails", {});
  CHECK(out == golden("paniclog.ec"));
}

TEST_CASE("each switch turns off its own lines and no others") {
  fake_host host;
  const auto count = [](put_lines put, const logger_settings& s) {
    const auto text = lines(put, all_types(), s);
    return std::count(text.begin(), text.end(), '\n');
  };
  logger_settings s;
  CHECK(count(put_main, s) == 8);
  s.receptions = false;
  CHECK(count(put_main, s) == 6);
  s.deliveries = false;
  CHECK(count(put_main, s) == 4);
  s.transient_failures = false;
  CHECK(count(put_main, s) == 3);
  s.permanent_failures = false;
  CHECK(count(put_main, s) == 0);
  CHECK(count(put_bounce, s) == 5);
  s.inband_bounces = false;
  CHECK(count(put_bounce, s) == 2);
  s.outofband_bounces = false;
  CHECK(count(put_bounce, s) == 1);
  s.bounced_transient_failures = false;
  CHECK(count(put_bounce, s) == 0);
  CHECK(count(put_reject, s) == 1);
  s.rejections = false;
  CHECK(count(put_reject, s) == 0);
}

TEST_CASE("times may be microseconds") {
  fake_host host;
  logger_settings s;
  s.hires_timestamp = true;
  CHECK(lines(put_main, {reception()}, s).starts_with("1757003425123456@"));
}

TEST_CASE("classifications are Momentum's codes, whoever named them") {
  CHECK(bounce_code("Mailbox Full", false) == 22);
  CHECK(bounce_code("quotaissues", false) == 22);
  CHECK(bounce_code("90", false) == 90);
  CHECK(bounce_code("90x", false) == 1);
  CHECK(bounce_code("", false) == 1);
  CHECK(bounce_code("Uncategorized", true) == 70);
}

TEST_CASE("a command says where the session was") {
  const std::pair<const char*, stage> known[] = {
      {"MAIL FROM:<>", stage::mail_from}, {"mail from:<>", stage::mail_from}, {"BDAT 5 LAST", stage::body},
      {".", stage::confirmation},         {"LHLO x", stage::ehlo},            {"AUTH PLAIN", stage::unknown}};
  for (const auto& [command, where] : known) CHECK(stage_of(attempt(GODWIT_RECORD_BOUNCE, command, 500, "").fields) == where);
  CHECK(stage_of(attempt(GODWIT_RECORD_BOUNCE, "", 500, "").fields) == stage::unknown);
  CHECK(stage_of(internal_failure(GODWIT_RECORD_BOUNCE, 500, "").fields) == stage::not_connected);
}
