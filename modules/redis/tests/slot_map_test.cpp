#include "slot_map.hpp"

#include <doctest/doctest.h>

#include <godwit/host.hpp>

using namespace redis;

namespace {

const endpoint asked{"10.0.0.1", 7000};

slot_map read(std::string_view bytes) {
  reply_parser p;
  p.feed(bytes);
  return slot_map(p.next().value(), asked);
}

}  // namespace

TEST_CASE("slots of keys: the check values of the specification") {
  CHECK(crc16("123456789") == 0x31C3);
  CHECK(crc16("") == 0);
  CHECK(slot_of("foo") == 12182);
  CHECK(slot_of("{user1000}.following") == slot_of("{user1000}.followers"));
  CHECK(slot_of("foo{}{bar}") == crc16("foo{}{bar}") % slot_count);
  CHECK(slot_of("foo{{bar}}zap") == slot_of("{bar"));
  CHECK(slot_of("foo{bar}{zap}") == slot_of("bar"));
  CHECK(slot_of("open{bar") == crc16("open{bar") % slot_count);
}

TEST_CASE("the reply to CLUSTER SLOTS") {
  const auto map = read(
      "*2\r\n"
      "*4\r\n:0\r\n:8191\r\n*3\r\n$8\r\n10.0.0.2\r\n:7001\r\n$2\r\nid\r\n*2\r\n$8\r\n10.0.0.3\r\n:7002\r\n"
      "*3\r\n:8192\r\n:16382\r\n*2\r\n$0\r\n\r\n:7003\r\n");
  REQUIRE(map.shards().size() == 2);
  REQUIRE(map.find(0) != nullptr);
  CHECK(map.find(0)->primary == endpoint{"10.0.0.2", 7001});
  CHECK(map.find(8191)->replicas == std::vector<endpoint>{{"10.0.0.3", 7002}});
  CHECK(map.find(8192)->primary == endpoint{"10.0.0.1", 7003});
  CHECK(map.find(16383) == nullptr);
}

TEST_CASE("a moved slot leaves the others where they are") {
  auto map = read("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\na\r\n:1\r\n");
  map.move(5, {"b", 2});
  CHECK(map.find(5)->primary == endpoint{"b", 2});
  CHECK(map.find(6)->primary == endpoint{"a", 1});
  map.move(5, {"a", 1});
  CHECK(map.shards().size() == 2);
}

TEST_CASE("malformed maps are refused") {
  for (const auto* bad :
       {":1\r\n", "*1\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:16384\r\n*2\r\n$1\r\na\r\n:1\r\n",
        "*1\r\n*3\r\n:-1\r\n:1\r\n*2\r\n$1\r\na\r\n:1\r\n", "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$1\r\na\r\n:0\r\n",
        "*1\r\n*3\r\n:0\r\n:1\r\n*1\r\n$1\r\na\r\n"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(read(bad), godwit::sdk::failure);
  }
}

TEST_CASE("redirections") {
  auto r = parse_redirection("MOVED 3999 127.0.0.1:6381", asked);
  CHECK(r.slot == 3999);
  CHECK(r.to == endpoint{"127.0.0.1", 6381});
  CHECK(parse_redirection("ASK 1 :6381", asked).to == endpoint{"10.0.0.1", 6381});
  CHECK(parse_redirection("MOVED 1 ::1:6381", asked).to == endpoint{"::1", 6381});
  for (const auto* bad :
       {"MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED 1 a", "MOVED 1 a:b", "MOVED 1 a:99999"})
    CHECK_THROWS_AS(parse_redirection(bad, asked), godwit::sdk::failure);
}
