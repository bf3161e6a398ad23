#include "mime/report.hpp"

#include <doctest/doctest.h>

#include "mime/date.hpp"

using namespace godwit;
using namespace godwit::mime;

namespace {

const std::string inner =
    "Subject: a  b\r\nX-KumoRef: abc\r\n\tdef\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n"
    "--C\r\n\r\nb\xE4h\r\n--C--\r\nafter\r\n";

std::string bounce(std::string_view status_fields, std::string_view status) {
  return fmt::format(
      "From: <>\r\nContent-Type: Multipart/Report; Report-Type=Delivery-Status;\r\n boundary=\"B 1\"\r\n\r\nfor old readers\r\n"
      "--B 1\r\n\r\nnot delivered\r\n"
      "--B 1\r\nContent-Type: message/delivery-status\r\n{}\r\n{}\r\n"
      "--B 1\r\nContent-Type: message/rfc822\r\n\r\n{}\r\n--B 1--\r\n",
      status_fields, status, inner);
}

}  // namespace

TEST_CASE("the parts of a report") {
  const auto r = parse_report(bounce("", "Reporting-MTA: dns; a\r\n\r\nAction: failed"));
  REQUIRE(r);
  CHECK(r->kind == "delivery-status");
  REQUIRE(r->parts.size() == 3);
  CHECK(r->parts[0].type == "text/plain");
  CHECK(r->parts[0].content == "not delivered");
  CHECK(r->find({"message/none", "message/delivery-status"})->content == "Reporting-MTA: dns; a\r\n\r\nAction: failed");
  CHECK(r->find({"message/none"}) == nullptr);
}

TEST_CASE("the enclosed message is there byte for byte") {
  CHECK(parse_report(bounce("", "A: b"))->original_message() == inner);
}

TEST_CASE("header fields alone serve as the original message") {
  const auto r = parse_report(
      "Content-Type: multipart/report; report-type=x; boundary=B\r\n\r\n--B\r\nContent-Type: text/rfc822-headers\r\n\r\n"
      "Subject: s\r\nTo: a@b\r\n\r\n--B--\r\n");
  REQUIRE(r);
  CHECK(r->original_message() == "Subject: s\r\nTo: a@b\r\n");
}

TEST_CASE("transfer encodings are undone") {
  const auto base64 = parse_report(bounce("Content-Transfer-Encoding: base64\r\n", "QWN0aW9uOiBmYWlsZWQNCg=="));
  CHECK(base64->find({"message/delivery-status"})->content == "Action: failed\r\n");
  const auto quoted = parse_report(bounce("Content-Transfer-Encoding: quoted-printable\r\n", "Action: =\r\nfail=65d"));
  CHECK(quoted->find({"message/delivery-status"})->content == "Action: failed");
}

TEST_CASE("what is no report") {
  CHECK_FALSE(parse_report(""));
  CHECK_FALSE(parse_report("Subject: x\r\n\r\nmultipart/report"));
  CHECK_FALSE(parse_report("Content-Type: multipart/mixed; report-type=delivery-status; boundary=B\r\n\r\n--B--\r\n"));
  CHECK_FALSE(parse_report("Content-Type: multipart/report; boundary=B\r\n\r\n--B--\r\n"));
  CHECK_FALSE(parse_report("Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno boundary\r\n"));
  CHECK(is_report_type(" MULTIPART/Report; report-type=x"));
  CHECK_FALSE(is_report_type("text/plain"));
}

TEST_CASE("what is a delimiter") {
  const auto r = parse_report(
      "Content-Type: multipart/report; report-type=x; boundary=B\n\n--B \t\n\none\n--Bad\nx--B\n--B\n\ntwo\n--B--\n--B\n\nthree\n");
  REQUIRE(r);
  REQUIRE(r->parts.size() == 2);
  CHECK(r->parts[0].content == "one\n--Bad\nx--B");
  CHECK(r->parts[1].content == "two");
}

TEST_CASE("a report cut short") {
  const auto whole = bounce("", "Reporting-MTA: dns; a");
  for (std::size_t length = 0; length < whole.size(); ++length) parse_report(whole.substr(0, length));
}

TEST_CASE("parts inside parts are left alone, however deep") {
  std::string deep = "Content-Type: multipart/report; report-type=delivery-status; boundary=b0\r\n\r\n";
  for (int i = 0; i < 20000; ++i) {
    deep += fmt::format("--b{}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n", i, i + 1);
  }
  const auto r = parse_report(deep);
  REQUIRE(r);
  REQUIRE(r->parts.size() == 1);
  CHECK(r->parts[0].type == "multipart/mixed");
}

TEST_CASE("dates") {
  CHECK(format_rfc3339(*parse_date("Thu, 7 Jul 1994 17:15:49 -0400")) == "1994-07-07T21:15:49Z");
  CHECK_FALSE(parse_date("soon"));
  CHECK_FALSE(parse_date(""));
  CHECK_FALSE(parse_date("Thu, 7 Jul 9914 17:15:49 -0400"));  // more nanoseconds than 64 bits hold
}
