#include "net/stream.hpp"

#include <doctest/doctest.h>

#include "net/loopback_stream.hpp"
#include "net/tls_context.hpp"
#include "rt/gate.hpp"
#include "support/run_until.hpp"

using namespace godwit;
using namespace std::chrono_literals;

namespace {

struct stream_fixture {
  stream_fixture() : pair(net::make_loopback_pair(loop.get_executor())) {}

  void spawn(std::function<rt::task<>()> body) { gate.spawn("test", std::move(body)); }
  void run() {
    loop.io().restart();
    loop.io().poll();
  }
  void run_for(std::chrono::milliseconds limit) {
    loop.io().restart();
    loop.io().run_for(limit);
  }
  bool run_until(const std::function<bool()>& holds) { return testing::run_until(loop, holds); }

  rt::loop loop{0};
  rt::gate gate{loop, "test"};
  net::loopback_pair pair;
};

struct tls_fixture : stream_fixture {
  void shake(const net::tls_server_options& s, const net::tls_client_options& c, const net::tls_peer& peer) {
    const auto server_context = *cache.server(s);
    const auto client_context = *cache.client(c);
    spawn([=, this]() -> rt::task<> { server = co_await pair.a->start_tls_server(server_context); });
    spawn([=, this]() -> rt::task<> { client = co_await pair.b->start_tls_client(client_context, peer); });
    run();
  }

  net::tls_context_cache cache;
  result<net::tls_info> server = fail("not run"), client = fail("not run");
};

}  // namespace

TEST_CASE("what is written in pieces arrives in order") {
  stream_fixture f;
  std::string got;
  f.spawn([&]() -> rt::task<> {
    const std::array<asio::const_buffer, 4> pieces{asio::buffer("ab", 2), asio::buffer("", 0),
                                                   asio::buffer("c", 1), asio::buffer("def", 3)};
    co_await f.pair.a->write(pieces);
    f.pair.a->close();
  });
  f.spawn([&]() -> rt::task<> {
    std::array<char, 4> buffer;
    for (;;) {
      const auto r = co_await f.pair.b->read_some(buffer);
      if (!r.ok()) break;
      got.append(buffer.data(), r.bytes);
    }
  });
  f.run();
  CHECK(got == "abcdef");
}

TEST_CASE("a read that waits ends at the deadline, and a later deadline holds") {
  stream_fixture f;
  std::error_code first, second;
  f.pair.a->set_timeout(1h);
  f.spawn([&]() -> rt::task<> {
    std::array<char, 4> buffer;
    f.pair.a->set_timeout(5ms);
    first = (co_await f.pair.a->read_some(buffer)).ec;
    f.pair.a->set_timeout(1h);
    second = (co_await f.pair.a->read_some(buffer)).ec;
  });
  REQUIRE(f.run_until([&] { return bool(first); }));
  CHECK(first == asio::error::timed_out);
  CHECK_FALSE(second);
  f.spawn([&]() -> rt::task<> { co_await f.pair.b->write("x"); });
  f.run();
}

TEST_CASE("a deadline that moves later is honoured without a new timer") {
  stream_fixture f;
  bool ended = false;
  f.pair.a->set_timeout(5ms);
  f.pair.a->set_timeout(1h);
  f.spawn([&]() -> rt::task<> {
    std::array<char, 4> buffer;
    const auto r = co_await f.pair.a->read_some(buffer);
    ended = true;
    CHECK(r.ec == asio::error::eof);
  });
  f.run_for(20ms);
  CHECK_FALSE(ended);
  f.pair.b->close();
  f.run();
  CHECK(ended);
}

TEST_CASE("a write that stalls ends at the deadline") {
  stream_fixture f;
  f.pair.faults_a->stall_writes = true;
  std::error_code ec;
  f.spawn([&]() -> rt::task<> {
    f.pair.a->set_timeout(5ms);
    ec = co_await f.pair.a->write("x");
  });
  REQUIRE(f.run_until([&] { return bool(ec); }));
  CHECK(ec == asio::error::timed_out);
}

TEST_CASE("cancel ends a read with operation_aborted") {
  stream_fixture f;
  std::error_code ec;
  f.spawn([&]() -> rt::task<> {
    std::array<char, 4> buffer;
    ec = (co_await f.pair.a->read_some(buffer)).ec;
  });
  f.run();
  f.pair.a->cancel();
  f.run();
  CHECK(ec == asio::error::operation_aborted);
}

TEST_CASE("faults are met where they were asked for") {
  stream_fixture f;
  f.pair.faults_a->fail_write_after = 3;
  std::error_code ec;
  f.spawn([&]() -> rt::task<> { ec = co_await f.pair.a->write("abcdef"); });
  f.run();
  CHECK(ec == std::errc::connection_reset);
}

TEST_CASE("TLS carries bytes both ways and tells its parameters") {
  tls_fixture f;
  net::tls_client_options insecure;
  insecure.verify = false;
  f.shake({"mx.example.com", {}, {}, {}}, insecure, {"mx.example.com", ""});
  REQUIRE(f.server.ok());
  REQUIRE(f.client.ok());
  CHECK(f.client->version == "TLSv1.3");
  CHECK(f.client->cipher == f.server->cipher);
  CHECK(f.client->peer_subject_name == std::vector<std::string>{"CN=mx.example.com"});
  CHECK_FALSE(f.client->peer_verified);
  CHECK(f.pair.a->is_tls());

  const std::string big(300000, 'x');
  std::string got;
  f.spawn([&]() -> rt::task<> {
    const std::array<asio::const_buffer, 3> pieces{asio::buffer("ab", 2), asio::buffer(big),
                                                   asio::buffer("c", 1)};
    co_await f.pair.b->write(pieces);
    f.pair.b->close();
  });
  f.spawn([&]() -> rt::task<> {
    std::array<char, 5000> buffer;
    for (;;) {
      const auto r = co_await f.pair.a->read_some(buffer);
      if (!r.ok()) {
        CHECK(r.ec == asio::error::eof);
        break;
      }
      got.append(buffer.data(), r.bytes);
    }
  });
  f.run();
  CHECK(got == "ab" + big + "c");
}

TEST_CASE("a verifying client refuses a self-signed certificate and says why") {
  tls_fixture f;
  f.shake({"mx.example.com", {}, {}, {}}, {}, {"mx.example.com", ""});
  REQUIRE_FALSE(f.client.ok());
  CHECK(f.client.why().text.find("self-signed") != std::string::npos);
  CHECK_FALSE(f.server.ok());
}

TEST_CASE("a handshake with a silent peer ends at the deadline") {
  stream_fixture f;
  net::tls_context_cache cache;
  result<net::tls_info> outcome = fail("not run");
  bool is_over = false;
  f.pair.a->set_timeout(5ms);
  const auto context = *cache.server({"x", {}, {}, {}});
  f.spawn([&]() -> rt::task<> {
    outcome = co_await f.pair.a->start_tls_server(context);
    is_over = true;
  });
  REQUIRE(f.run_until([&] { return is_over; }));
  REQUIRE_FALSE(outcome.ok());
  CHECK(outcome.why().text == "TLS handshake: timed out");
}

TEST_CASE("a handshake fed with garbage fails") {
  stream_fixture f;
  net::tls_context_cache cache;
  result<net::tls_info> outcome = net::tls_info();
  f.spawn([&]() -> rt::task<> { co_await f.pair.b->write("EHLO there\r\n"); });
  const auto context = *cache.server({"x", {}, {}, {}});
  f.spawn([&]() -> rt::task<> { outcome = co_await f.pair.a->start_tls_server(context); });
  f.run();
  CHECK_FALSE(outcome.ok());
}
