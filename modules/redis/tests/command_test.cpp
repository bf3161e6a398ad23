#include "command.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

using namespace redis;

namespace {

command made(std::string_view json) {
  command c;
  const auto list = godwit::sdk::value::parse_json(json);
  for (std::size_t i = 0; i < list.view().size(); ++i) append(c, list.view()[i]);
  return c;
}

std::string key_of(std::vector<std::string> words) {
  return std::string(command{std::move(words)}.key().value_or("none"));
}

}  // namespace

TEST_CASE("arguments of scripts become words") {
  godwit::sdk::testing::fake_host host;
  using words = std::vector<std::string>;
  CHECK(made(R"(["SET", "k", 42])").words == words{"SET", "k", "42"});
  CHECK(made(R"(["A", 2.5, -1, true, false])").words == words{"A", "2.5", "-1", "1", "0"});
  CHECK(made(R"(["A", null, "b"])").words == words{"A", "b"});
  CHECK(made(R"(["DEL", ["a", "b"]])").words == words{"DEL", "a", "b"});
  CHECK(made(R"(["HSET", "k", {"f": 1, "g": "x"}])").words == words{"HSET", "k", "f", "1", "g", "x"});
  auto whole = godwit::sdk::value(3.0);
  command c;
  append(c, whole.view());
  CHECK(c.words == words{"3.0"});
}

TEST_CASE("commands on the wire are arrays of texts, whatever bytes those hold") {
  CHECK(command{{"GET", "a\r\nb"}}.encoded() == "*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
  CHECK(command{{"SET", "k", ""}}.encoded() == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n");
}

TEST_CASE("the key of a command") {
  CHECK(key_of({"get", "k"}) == "k");
  CHECK(key_of({"PING"}) == "none");
  CHECK(key_of({"SCRIPT", "LOAD", "return 1"}) == "none");
  CHECK(key_of({"EVAL", "return 1", "1", "k", "arg"}) == "k");
  CHECK(key_of({"EVAL", "return 1", "0", "arg"}) == "none");
  CHECK(key_of({"OBJECT", "ENCODING", "k"}) == "k");
  CHECK(key_of({"ZUNION", "2", "a", "b"}) == "a");
  CHECK(key_of({"BLMPOP", "0", "1", "k", "LEFT"}) == "k");
  CHECK(key_of({"XREAD", "COUNT", "1", "STREAMS", "s", "0"}) == "s");
  CHECK(key_of({"XREADGROUP", "GROUP", "g", "c", "streams", "s", ">"}) == "s");
  CHECK(key_of({"GET"}) == "none");
}

TEST_CASE("what reads, and what holds its connection") {
  CHECK(command{{"get", "k"}}.only_reads());
  CHECK_FALSE(command{{"SET", "k", "v"}}.only_reads());
  CHECK_FALSE(command{{"GETDEL", "k"}}.only_reads());
  CHECK(command{{"blpop", "k", "0"}}.holds_connection());
  CHECK(command{{"MULTI"}}.holds_connection());
  CHECK_FALSE(command{{"INCR", "k"}}.holds_connection());
  CHECK(command{{"select", "3"}}.changes_connection());
  CHECK_FALSE(command{{"BLPOP", "k", "0"}}.changes_connection());
}
