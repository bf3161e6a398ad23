#include "mime/mailbox.hpp"

#include <doctest/doctest.h>

using namespace godwit::mime;

namespace {
std::vector<mailbox> parsed(std::string_view text) {
  auto out = parse_mailboxes(text);
  REQUIRE_MESSAGE(out.has_value(), std::string(text));
  return *out;
}
}  // namespace

TEST_CASE("plain and named addresses") {
  const auto list =
      parsed(" user@example.com, \"Doe, Jane\" <jane@example.org>,\r\n John Q. Public <jq@x.test>");
  REQUIRE(list.size() == 3);
  CHECK_FALSE(list[0].name);
  CHECK(list[0].user == "user");
  CHECK(list[0].domain == "example.com");
  CHECK(list[0].email == "user@example.com");
  CHECK(list[1].name == "Doe, Jane");
  CHECK(list[1].email == "jane@example.org");
  CHECK(list[2].name == "John Q. Public");
}

TEST_CASE("names are decoded, local parts unquoted, comments skipped") {
  const auto list =
      parsed("=?utf-8?q?J=C3=BCrgen?= =?utf-8?q?_M?= <\"a b\"@example.com> (work (day)), x(y)@z.test");
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "J\xC3\xBCrgen M");
  CHECK(list[0].user == "a b");
  CHECK(list[0].email == "\"a b\"@example.com");
  CHECK(list[1].email == "x@z.test");
}

TEST_CASE("groups are flattened") {
  CHECK(parsed("undisclosed-recipients:;").empty());
  const auto list = parsed("Team: a@x.test, B <b@x.test>;, c@x.test");
  REQUIRE(list.size() == 3);
  CHECK(list[1].name == "B");
}

TEST_CASE("oddities of real mail") {
  CHECK(parsed("<a@[192.0.2.1]>")[0].domain == "[192.0.2.1]");
  CHECK(parsed("<@relay.test,@b.test:a@x.test>")[0].email == "a@x.test");
  CHECK(parsed("root")[0].email == "root");
  CHECK(parsed("a@x.test,,b@x.test,").size() == 2);
  CHECK(parsed("").empty());
}

TEST_CASE("what is no address list is refused") {
  for (const char* text :
       {"a@x.test b@x.test", "a b@x.test", "<a@x.test", "a@", "@x.test", "\"open <a@x.test>",
        "Team: a@x.test", "(open a@x.test", "a@[1.2", "a@x.test>", "<>"})
    CHECK_FALSE_MESSAGE(parse_mailboxes(text).has_value(), text);
}
