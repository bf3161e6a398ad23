#include "mail/feedback_report.hpp"

#include <doctest/doctest.h>

#include "mail/trace_header.hpp"
#include "mime/header.hpp"

using namespace godwit;
using namespace godwit::mail;

namespace {

constexpr std::string_view fields =
    "Feedback-Type: abuse\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\nOriginal-Mail-From: <news@example.net>\r\n"
    "Original-Rcpt-To: <user@example.com>\r\nArrival-Date: Thu, 8 Mar 2005 14:00:00 EDT\r\nReporting-MTA: dns; mail.example.com\r\n"
    "Source-IP: 192.0.2.1\r\nIncidents: 2\r\nAuthentication-Results: mail.example.com; spf=fail\r\nReported-Domain: example.net\r\n"
    "Reported-Uri: http://example.net/earn_money.html\r\nReported-Uri: mailto:user@example.com\r\nRemoval-Recipient: u@example.com\r\n";

result<feedback_report> parse(std::string text, std::string original = {}) {
  return parse_feedback_report(
      {"feedback-report", {{"message/feedback-report", std::move(text)}, {"message/rfc822", std::move(original)}}});
}

}  // namespace

TEST_CASE("all fields of a feedback report") {
  const auto r = parse(std::string(fields), "Subject: x\r\n\r\nbody\r\n");
  REQUIRE_MESSAGE(r, r.why().text);
  const value expected = object{
      {"feedback_type", "abuse"},
      {"user_agent", "SomeGenerator/1.0"},
      {"version", "1"},
      {"arrival_date", "2005-03-08T18:00:00Z"},
      {"incidents", 2},
      {"original_envelope_id", value{}},
      {"original_mail_from", "<news@example.net>"},
      {"reporting_mta", object{{"mta_type", "dns"}, {"name", "mail.example.com"}}},
      {"source_ip", "192.0.2.1"},
      {"authentication_results", value::array{"mail.example.com; spf=fail"}},
      {"original_rcpto_to", value::array{"<user@example.com>"}},
      {"reported_domain", value::array{"example.net"}},
      {"reported_uri", value::array{"http://example.net/earn_money.html", "mailto:user@example.com"}},
      {"extensions", object{{"removal-recipient", value::array{"u@example.com"}}}},
      {"original_message", "Subject: x\r\n\r\nbody\r\n"},
      {"supplemental_trace", value{}},
  };
  CHECK(r->to_value() == expected);
}

TEST_CASE("our own trace header comes back under any X- name") {
  message m(uuid::make_v1(), {}, {*address::parse("user@example.com")});
  m.set_meta("tenant", std::string(200, 't'));
  const trace_options options{.include_meta_names = {"tenant"}};
  const auto header = mime::make_field("X-Renamed", trace_header_value(m, options));
  const auto r = parse(std::string(fields), "X-Other: Zm9v\r\n" + header + "Subject: x\r\n\r\n");
  REQUIRE(r->supplemental_trace);
  CHECK(*r->supplemental_trace == object{{"recipient", "user@example.com"}, {"tenant", std::string(200, 't')}});
}

TEST_CASE("bytes that are no UTF-8 become an array of numbers") {
  CHECK(*parse(std::string(fields), "a\xE4")->to_value().find("original_message") == value(value::array{97, 228}));
}

TEST_CASE("required fields") {
  CHECK(parse("User-Agent: x\r\nVersion: 1\r\n").why().text == "the field Feedback-Type is missing");
  CHECK(parse("Feedback-Type: abuse\r\nVersion: 1\r\n").why().text == "the field User-Agent is missing");
  CHECK(parse("Feedback-Type: abuse\r\nUser-Agent: x\r\n").why().text == "the field Version is missing");
  CHECK(parse_feedback_report({"feedback-report", {}}).why().text == "the report has no part message/feedback-report");
}
