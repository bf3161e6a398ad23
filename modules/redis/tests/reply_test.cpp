#include "reply.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

#include "conversion.hpp"

using namespace redis;
using godwit::sdk::failure;
using kind = reply::kind;

namespace {

reply parse(std::string_view bytes) {
  reply_parser p;
  p.feed(bytes);
  auto r = p.next();
  REQUIRE(r);
  CHECK(p.is_empty());
  return std::move(*r);
}

std::string converted(std::string_view bytes) {
  godwit::sdk::testing::fake_host host;
  return to_value(parse(bytes)).view().json();
}

std::string failure_of(std::string_view bytes, reply_limits limits = {}) {
  reply_parser p(limits);
  try {
    p.feed(bytes);
    while (p.next()) {
    }
  } catch (const failure& f) {
    return f.what();
  }
  return "";
}

}  // namespace

TEST_CASE("replies become data as KumoMTA documents it") {
  CHECK(converted("+OK\r\n") == "true");
  CHECK(converted("+QUEUED\r\n") == R"("QUEUED")");
  CHECK(converted(":-42\r\n") == "-42");
  CHECK(converted("$-1\r\n") == "null");
  CHECK(converted("*-1\r\n") == "null");
  CHECK(converted("$5\r\na\r\nbc\r\n") == R"("a\u000d\u000abc")");
  CHECK(converted("$0\r\n\r\n") == R"("")");
  CHECK(converted("*3\r\n:1\r\n$-1\r\n$1\r\nx\r\n") == R"([1,null,"x"])");
  CHECK(converted("*0\r\n") == "[]");
  CHECK(converted("*2\r\n*1\r\n:1\r\n*0\r\n") == "[[1],[]]");
}

TEST_CASE("replies of RESP3 become data") {
  CHECK(converted("_\r\n") == "null");
  CHECK(converted("#t\r\n") == "true");
  CHECK(converted("#f\r\n") == "false");
  CHECK(converted(",0.5\r\n") == "0.500000");
  CHECK(converted("(3492890328409238509324850943850943825024385\r\n") ==
        R"("3492890328409238509324850943850943825024385")");
  CHECK(converted("%2\r\n$1\r\na\r\n:1\r\n:2\r\n+x\r\n") == R"({"a":1,"2":"x"})");
  CHECK(converted("~2\r\n:1\r\n:2\r\n") == "[1,2]");
  CHECK(converted("=8\r\ntxt:text\r\n") == R"({"format":"txt","text":"text"})");
  CHECK(converted(">3\r\n+message\r\n+a\r\n+b\r\n") == R"({"kind":"message","data":["a","b"]})");
  CHECK(converted("|1\r\n+ttl\r\n:10\r\n$1\r\nv\r\n") == R"({"data":"v","attributes":{"ttl":10}})");
  CHECK(parse(",inf\r\n").number > 1e300);
  CHECK(parse(",-inf\r\n").number < -1e300);
}

TEST_CASE("errors raise with the server's words, also within arrays") {
  godwit::sdk::testing::fake_host host;
  CHECK(parse("-MOVED 1 a:2\r\n").code() == "MOVED");
  CHECK_THROWS_WITH_AS(to_value(parse("-WRONGTYPE Operation against a key\r\n")),
                       "WRONGTYPE Operation against a key", failure);
  CHECK_THROWS_WITH_AS(to_value(parse("*2\r\n:1\r\n-ERR no\r\n")), "ERR no", failure);
  CHECK_THROWS_WITH_AS(to_value(parse("!6\r\nERR no\r\n")), "ERR no", failure);
}

TEST_CASE("bytes may come in any pieces") {
  const std::string_view all = "*3\r\n$5\r\nhello\r\n%1\r\n+k\r\n*1\r\n:7\r\n|1\r\n+a\r\n+b\r\n_\r\n+OK\r\n";
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    reply_parser p;
    std::vector<reply> got;
    for (std::size_t at = 0; at < all.size(); at += piece) {
      p.feed(all.substr(at, piece));
      while (auto r = p.next()) got.push_back(std::move(*r));
    }
    REQUIRE(got.size() == 2);
    REQUIRE(got[0].items.size() == 3);
    CHECK(got[0].items[0].text == "hello");
    CHECK(got[0].items[1].items[1].items[0].integer == 7);
    CHECK(got[0].items[2].what == kind::attributed);
    CHECK(got[1].text == "OK");
    CHECK(p.is_empty());
  }
}

TEST_CASE("what is no protocol is refused") {
  for (const auto* bad :
       {"HTTP/1.1 400 Bad Request\r\n", "\r\n", ":1x\r\n", ":\r\n", "$-2\r\n", "$3\r\nabcd\r\n", "#x\r\n",
        "*-2\r\n", "*99999999999\r\n", "=3\r\nabc\r\n", ",one\r\n", "$99999999999999999999\r\n"}) {
    CAPTURE(bad);
    CHECK(failure_of(bad).starts_with("the server does not speak the Redis protocol"));
  }
}

TEST_CASE("a reply has a largest size and depth") {
  const reply_limits small{2048, 4};
  CHECK(failure_of("$4096\r\n", small).starts_with("the reply is larger than max_reply_size, 2048 bytes"));
  std::string many = "*1000\r\n";
  for (int i = 0; i < 1000; ++i) many += ":1\r\n";
  CHECK(failure_of(many, small).starts_with("the reply is larger"));
  CHECK(failure_of(std::string(5000, '+'), small).starts_with("the reply is larger"));
  CHECK(failure_of("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", small) == "the reply is nested too deeply");
  CHECK(failure_of(":1\r\n:2\r\n" + std::string(2000, '+').substr(0, 1) + "x\r\n", small).empty());
}
