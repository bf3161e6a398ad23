#include "server.hpp"

#include <doctest/doctest.h>

#include <godwit/testing/fake_host.hpp>

#include "directory.hpp"

using namespace redis;
using godwit::sdk::failure;
using transport = server::transport;

namespace {

std::string failure_of(std::string_view url) {
  try {
    parse_server(url);
  } catch (const failure& f) {
    return f.what();
  }
  return "";
}

service_options read(std::string_view json) {
  return read_options(open_options().parse(godwit::sdk::value::parse_json(json).view()).view(), 1024);
}

}  // namespace

TEST_CASE("URLs of servers") {
  auto s = parse_server("redis://127.0.0.1");
  CHECK(s.via == transport::tcp);
  CHECK(s.at == endpoint{"127.0.0.1", 6379});
  CHECK(s.database == 0);
  CHECK(s.protocol == 2);
  s = parse_server("rediss://us%40er:p%3Ass@redis.example:7000/3?protocol=resp3");
  CHECK(s.via == transport::tls);
  CHECK(s.is_verified);
  CHECK(s.username == "us@er");
  CHECK(s.password == "p:ss");
  CHECK(s.at == endpoint{"redis.example", 7000});
  CHECK(s.database == 3);
  CHECK(s.protocol == 3);
  CHECK(s.name() == "rediss://redis.example:7000");
  CHECK_FALSE(parse_server("rediss://h/#insecure").is_verified);
  s = parse_server("redis://:secret@[::1]:6380/");
  CHECK(s.at == endpoint{"::1", 6380});
  CHECK(s.password == "secret");
  CHECK_FALSE(s.username);
  CHECK(s.name() == "redis://[::1]:6380");
  s = parse_server("redis+unix:///run/redis.sock?db=2&user=u&pass=p%20w");
  CHECK(s.via == transport::unix_socket);
  CHECK(s.path == "/run/redis.sock");
  CHECK(s.database == 2);
  CHECK(s.username == "u");
  CHECK(s.password == "p w");
  CHECK(parse_server("unix:///run/redis.sock").name() == "redis+unix:///run/redis.sock");
  CHECK(parse_server("valkeys://h").via == transport::tls);
}

TEST_CASE("what is no URL of a server is refused, and no password is repeated") {
  for (const auto* bad : {"", "127.0.0.1:6379", "http://h/", "redis://", "redis://:secret@", "redis://h:port",
                          "redis://h:99999", "redis://h/db", "redis://h/-1", "redis://h#insecure",
                          "rediss://h#other", "redis://[::1", "redis://[::1]x", "redis://h?db=1",
                          "redis://h?protocol=4", "unix://", "redis://us%4"}) {
    CAPTURE(bad);
    const auto why = failure_of(bad);
    CHECK(why.starts_with("redis URL: "));
    CHECK(why.find("secret") == std::string::npos);
  }
}

TEST_CASE("parameters of redis.open") {
  godwit::sdk::testing::fake_host host;
  auto o = read(R"({"node": "redis://user:url@h", "password": "given"})");
  CHECK_FALSE(o.is_cluster);
  CHECK(o.pool_size == 10);
  CHECK(o.times.connect == std::chrono::seconds(30));
  CHECK(o.times.response == std::chrono::seconds(30));
  CHECK(o.nodes[0].password == "given");
  CHECK(o.label.starts_with("user@redis://h:6379-"));
  CHECK(o.label.find("given") == std::string::npos);
  o = read(R"({"node": ["redis://a:1", "redis://b:2"], "response_timeout": "250ms"})");
  CHECK(o.is_cluster);
  CHECK(o.times.response == std::chrono::milliseconds(250));
  CHECK(o.label.starts_with("redis://a:1,redis://b:2-"));
  CHECK(read(R"({"node": "redis://a", "cluster": true})").is_cluster);
  CHECK(read(R"({"node": ["redis://a"]})").is_cluster == false);
  for (const auto* bad :
       {R"({})", R"({"node": 1})", R"({"node": []})",
        R"({"node": ["redis://a", "redis://b"], "cluster": false})",
        R"({"node": "unix:///s", "cluster": true})", R"({"node": "redis://a", "pool_size": 0})",
        R"({"node": "redis://a", "pool": 1})", R"({"node": "redis://a", "username": "u"})"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(read(bad), failure);
  }
}
