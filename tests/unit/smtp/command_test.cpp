#include "smtp/command.hpp"

#include <doctest/doctest.h>

using namespace godwit::smtp;

namespace {
path_argument path(std::string_view argument, std::string_view keyword = "FROM") {
  std::string_view why;
  const auto parsed = parse_path(argument, keyword, why);
  REQUIRE(parsed.has_value());
  return *parsed;
}
std::string_view refusal(std::string_view argument) {
  std::string_view why;
  CHECK_FALSE(parse_path(argument, "FROM", why).has_value());
  return why;
}
}  // namespace

TEST_CASE("verbs in any case, arguments trimmed") {
  CHECK(parse_command("ehlo  x.test ").what() == verb::ehlo);
  CHECK(parse_command("ehlo  x.test ").argument == "x.test");
  CHECK(parse_command("STARTTLS").what() == verb::starttls);
  CHECK(parse_command("STARTTLSX").what() == verb::unknown);
  CHECK(parse_command("").what() == verb::unknown);
  CHECK(parse_command("MAILFROM:<x>").what() == verb::unknown);
}

TEST_CASE("paths with and without brackets, routes and quotes") {
  CHECK(path("FROM:<a@b.test>").address == "a@b.test");
  CHECK(path("from: <a@b.test>  SIZE=1 X").parameters == "SIZE=1 X");
  CHECK(path("FROM:<>").address == "");
  CHECK(path("FROM:a@b.test SIZE=1").address == "a@b.test");
  CHECK(path("FROM:a@b.test SIZE=1").parameters == "SIZE=1");
  CHECK(path("FROM:<@one.test,@two.test:a@b.test>").address == "a@b.test");
  CHECK(path("FROM:<\"a>b\\\"\"@b.test> X").address == "\"a>b\\\"\"@b.test");
  CHECK(path("TO:<x@y>", "TO").address == "x@y");
  CHECK(refusal("TO:<a@b.test>") == "the keyword is missing");
  CHECK(refusal("FROM <a@b.test>") == "the colon is missing");
  CHECK(refusal("FROM:") == "the path is missing");
  CHECK(refusal("FROM:<a@b.test") == "the path does not end with >");
  CHECK(refusal("FROM:<a@b.test>SIZE=1") == "there is text right after the path");
}

TEST_CASE("MAIL parameters") {
  mail_parameters p;
  CHECK_FALSE(parse_mail_parameters("SIZE=123 body=8bitmime SMTPUTF8 AUTH=<>", p));
  CHECK(p.size == 123);
  CHECK(p.is_8bit);
  CHECK(p.smtputf8);
  CHECK(parse_mail_parameters("SIZE=x", p)->is_unsupported == false);
  CHECK(parse_mail_parameters("SIZE=99999999999999999999", p)->parameter == "SIZE=99999999999999999999");
  CHECK(parse_mail_parameters("SMTPUTF8=1", p).has_value());
  CHECK(parse_mail_parameters("RET=FULL", p)->is_unsupported);
}

TEST_CASE("BDAT arguments") {
  CHECK(parse_bdat("12")->size == 12);
  CHECK(parse_bdat("0 LAST")->is_last);
  CHECK_FALSE(parse_bdat(""));
  CHECK_FALSE(parse_bdat("12 FIRST"));
  CHECK_FALSE(parse_bdat("-1"));
  CHECK_FALSE(parse_bdat("99999999999999999999"));
}

TEST_CASE("control characters") {
  CHECK(has_control_characters("a\rb"));
  CHECK(has_control_characters(std::string_view("a\0b", 3)));
  CHECK_FALSE(has_control_characters("a\tb \xc3\xa4"));
}
