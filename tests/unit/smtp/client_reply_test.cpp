#include <doctest/doctest.h>

#include "smtp/reply_parser.hpp"

using godwit::smtp::reply_limits;
using godwit::smtp::reply_parser;
using state = reply_parser::state;

namespace {

state feed_all(reply_parser& parser, std::string_view text) {
  std::size_t consumed = 0;
  return parser.feed(text, consumed);
}

}  // namespace

TEST_CASE("a single line is a reply") {
  reply_parser parser;
  std::size_t consumed = 0;
  REQUIRE(parser.feed("250 2.1.0 sender ok\r\n354 go\r\n", consumed) == state::complete);
  CHECK(consumed == 21);
  const auto reply = parser.take();
  CHECK(reply.code == 250);
  REQUIRE(reply.enhanced);
  CHECK(reply.enhanced->text() == "2.1.0");
  CHECK(reply.content == "sender ok");
}

TEST_CASE("lines of one reply are joined and the enhanced code is kept once") {
  reply_parser parser;
  REQUIRE(feed_all(parser, "550-5.7.1 no\r\n550-5.7.1 really\r\n550 5.7.1\r\n") == state::complete);
  CHECK(parser.take().content == "no\r\nreally\r\n");
}

TEST_CASE("bytes may arrive one by one") {
  reply_parser parser;
  const std::string_view text = "250-host\r\n250 PIPELINING\r\n";
  for (std::size_t i = 0; i + 1 < text.size(); ++i) REQUIRE(feed_all(parser, text.substr(i, 1)) == state::need_more);
  CHECK(parser.is_inside());
  REQUIRE(feed_all(parser, "\n") == state::complete);
  CHECK(parser.take().content == "host\r\nPIPELINING");
  CHECK_FALSE(parser.is_inside());
}

TEST_CASE("a code alone and a bare line feed are accepted") {
  reply_parser parser;
  REQUIRE(feed_all(parser, "250\r\n") == state::complete);
  CHECK(parser.take().content.empty());
  REQUIRE(feed_all(parser, "220 hi\n") == state::complete);
  CHECK(parser.take().content == "hi");
}

TEST_CASE("what is no reply is malformed") {
  for (std::string_view text : {"hello\r\n", "25\r\n", "250+x\r\n", "199 x\r\n", "600 x\r\n", "\r\n", "250-a\r\n251 b\r\n"}) {
    CAPTURE(text);
    reply_parser parser;
    CHECK(feed_all(parser, text) == state::malformed);
    CHECK_FALSE(parser.problem().empty());
  }
}

TEST_CASE("long lines and endless replies are refused") {
  reply_parser parser(reply_limits{20, 3});
  CHECK(feed_all(parser, "250 " + std::string(16, 'x') + "\r\n") == state::complete);
  (void)parser.take();
  CHECK(feed_all(parser, "250 " + std::string(18, 'x')) == state::malformed);
  CHECK(feed_all(parser, "250-a\r\n250-b\r\n250-c\r\n250-d\r\n") == state::malformed);
}
