#include "mail/delivery_report.hpp"

#include <doctest/doctest.h>

using namespace godwit;
using namespace godwit::mail;

namespace {

constexpr std::string_view per_message = "Reporting-MTA: dns; cs.utk.edu\r\nArrival-Date: Wed, 6 Jul 1994 10:00:00 +0000\r\n";
constexpr std::string_view per_recipient =
    "Original-Recipient: rfc822;louisl@larry.slip.umd.edu\r\nFinal-Recipient: rfc822;other@larry.slip.umd.edu\r\n"
    "Action: Failed\r\nStatus: 4.0.0 (no answer)\r\nDiagnostic-Code: smtp; 426 connection\r\n timed out\r\n"
    "Last-Attempt-Date: Thu, 7 Jul 1994 17:15:49 -0400\r\nX-Queue: q1\r\nX-Queue: q2\r\n";

mime::report holding(std::string status) { return {"delivery-status", {{"message/delivery-status", std::move(status)}}}; }

result<delivery_report> parse(std::string status) { return parse_delivery_report(holding(std::move(status))); }

delivery_report::recipient with_diagnostic(std::string type, std::string text) {
  delivery_report::recipient r;
  r.status = {5, 1, 1};
  r.diagnostic_code = typed_name{std::move(type), std::move(text)};
  return r;
}

}  // namespace

TEST_CASE("a delivery status with two recipients") {
  const auto r = parse(fmt::format("\r\n{}\r\n\r\n{}\r\nFinal-Recipient: rfc822; b@c\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
                                   per_message, per_recipient));
  REQUIRE_MESSAGE(r, r.why().text);
  CHECK(r->reporting_mta.type == "dns");
  CHECK(r->reporting_mta.name == "cs.utk.edu");
  REQUIRE(r->recipients.size() == 2);
  const auto& first = r->recipients.front();
  CHECK(first.original_recipient->name == "louisl@larry.slip.umd.edu");
  CHECK(first.final_recipient.name == "other@larry.slip.umd.edu");
  CHECK(first.action == "failed");
  CHECK(first.status == enhanced_code{4, 0, 0});
  CHECK(format_rfc3339(*first.last_attempt_date) == "1994-07-07T21:15:49Z");
  CHECK(r->recipients.back().action == "delayed");
  CHECK_FALSE(r->recipients.back().original_recipient);
}

TEST_CASE("the value that scripts see") {
  const auto v = parse(fmt::format("{}\r\n{}", per_message, per_recipient))->to_value();
  CHECK(*v.find("per_message")->find("reporting_mta") == value(object{{"mta_type", "dns"}, {"name", "cs.utk.edu"}}));
  CHECK(*v.find("per_message")->find("arrival_date") == value("1994-07-06T10:00:00Z"));
  const auto& one = v.find("per_recipient")->as_array()->front();
  CHECK(*one.find("status") == value(object{{"class", 4}, {"subject", 0}, {"detail", 0}}));
  CHECK(*one.find("diagnostic_code") ==
        value(object{{"diagnostic_type", "smtp"}, {"diagnostic", "426 connection timed out"}}));
  CHECK(*one.find("last_attempt_date") == value("1994-07-07T21:15:49Z"));
  CHECK(*one.find("extensions") == value(object{{"x-queue", value::array{"q1", "q2"}}}));
  CHECK(one.find("remote_mta")->is_null());
}

TEST_CASE("what is missing is named") {
  const auto without = [](std::string_view field) {
    std::string status(per_message);
    status += "\r\n";
    status += per_recipient;
    status.replace(status.find(field), 1, "Z");
    return parse(std::move(status)).why().text;
  };
  CHECK(without("Reporting-MTA") == "the field Reporting-MTA is missing");
  CHECK(without("Final-Recipient") == "recipient 1 of the delivery status: the field Final-Recipient is missing");
  CHECK(without("Action") == "recipient 1 of the delivery status: the field Action is missing");
  CHECK(without("Status") == "recipient 1 of the delivery status: the field Status is missing");
  CHECK(parse(std::string(per_message)).why().text == "the delivery status names no recipient");
  CHECK(parse_delivery_report({"delivery-status", {}}).why().text == "the report has no part message/delivery-status");
  CHECK(parse(fmt::format("{}\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: five\r\n", per_message)).why().text ==
        "recipient 1 of the delivery status: Status is 'five', not three numbers like 5.1.1");
}

TEST_CASE("the reply a diagnostic tells of") {
  const auto smtp = with_diagnostic("smtp", "554 5.1.1 no such user").reply();
  CHECK(smtp.code == 554);
  CHECK(smtp.enhanced == enhanced_code{5, 1, 1});
  CHECK(smtp.content == "no such user");
  const auto bare = with_diagnostic("smtp", "553").reply();
  CHECK(bare.code == 553);
  CHECK(bare.content.empty());
  for (const auto& [type, text] : {std::pair{"smtp", "mailbox full"}, std::pair{"smtp", "5530 x"}, std::pair{"x-unix", "501 x"}}) {
    const auto other = with_diagnostic(type, text).reply();
    CHECK(other.code == 550);
    CHECK(other.content == text);
  }
  CHECK(delivery_report::recipient{}.reply().code == 550);
}
