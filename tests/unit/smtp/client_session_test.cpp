#include <doctest/doctest.h>

#include "smtp/client_session.hpp"
#include "unit/smtp/client_peer.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

TEST_CASE("a session greets and learns what is offered") {
  client_peer peer;
  peer.run({{"", "220-hello\r\n220 there\r\n"},
            {"EHLO client.example\r\n",
             "250-mx\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8bitmime\r\n250-AUTH LOGIN PLAIN\r\n250 CHUNKING\r\n"},
            {"QUIT\r\n", "221 bye\r\n"}},
           [&]() -> rt::task<> {
             CHECK_FALSE(co_await peer.session->read_banner());
             CHECK_FALSE(co_await peer.session->hello());
             co_await peer.session->quit();
           });
  CHECK(peer.unexpected == "");
  const auto& offered = peer.session->offered();
  CHECK(offered.pipelining);
  CHECK(offered.size);
  CHECK(offered.eight_bit_mime);
  CHECK(offered.auth_plain);
  CHECK(offered.size_limit == 1000);
  CHECK(offered.chunking);
  CHECK_FALSE(offered.starttls);
  CHECK_FALSE(offered.smtputf8);
}

TEST_CASE("LMTP says LHLO") {
  client_options options;
  options.use_lmtp = true;
  client_peer peer(options);
  peer.run({{"", "220 x\r\n"}, {"LHLO client.example\r\n", "250 x\r\n"}}, [&]() -> rt::task<> {
    CHECK_FALSE(co_await peer.session->read_banner());
    CHECK_FALSE(co_await peer.session->hello());
  });
  CHECK(peer.unexpected == "");
}

TEST_CASE("a refusing banner keeps its reply") {
  client_peer peer;
  client_failure failure;
  peer.run({{"", "554 5.3.2 go away\r\n"}}, [&]() -> rt::task<> { failure = co_await peer.session->read_banner(); });
  REQUIRE(failure);
  CHECK(failure->what == client_error::kind::refused);
  CHECK(failure->text == "banner: 554 5.3.2 go away");
  REQUIRE(failure->reply);
  CHECK(failure->reply->code == 554);
}

TEST_CASE("EHLO may be refused") {
  client_peer peer;
  client_failure failure;
  peer.run({{"", "220 x\r\n"}, {"EHLO client.example\r\n", "502 5.5.1 what\r\n"}}, [&]() -> rt::task<> {
    CHECK_FALSE(co_await peer.session->read_banner());
    failure = co_await peer.session->hello();
  });
  REQUIRE(failure);
  CHECK(failure->text == "EHLO client.example was refused: 502 5.5.1 what");
}

TEST_CASE("a silent peer times out and the phase is named") {
  client_options options;
  options.banner_timeout = std::chrono::milliseconds(20);
  client_peer peer(options);
  client_failure failure;
  peer.run({{"never", ""}}, [&]() -> rt::task<> { failure = co_await peer.session->read_banner(); });
  REQUIRE(failure);
  CHECK(failure->what == client_error::kind::timed_out);
  CHECK(failure->text == "Timed Out waiting 20ms for response to banner");
}

TEST_CASE("a peer that hangs up or talks nonsense is reported") {
  client_failure failure;
  {
    client_peer peer;
    peer.run({}, [&]() -> rt::task<> { failure = co_await peer.session->read_banner(); });
    REQUIRE(failure);
    CHECK(failure->what == client_error::kind::lost);
    CHECK(failure->text == "connection closed by peer while waiting for response to banner");
  }
  client_peer peer;
  peer.run({{"", "SSH-2.0-x\r\n"}}, [&]() -> rt::task<> { failure = co_await peer.session->read_banner(); });
  REQUIRE(failure);
  CHECK(failure->what == client_error::kind::protocol);
}

TEST_CASE("plaintext behind the answer to STARTTLS is refused") {
  client_peer peer;
  client_failure failure;
  peer.run({{"", "220 x\r\n"},
            {"EHLO client.example\r\n", "250-x\r\n250 STARTTLS\r\n"},
            {"STARTTLS\r\n", "220 go\r\n250 injected\r\n"}},
           [&]() -> rt::task<> {
             CHECK_FALSE(co_await peer.session->read_banner());
             CHECK_FALSE(co_await peer.session->hello());
             CHECK(peer.session->offered().starttls);
             net::tls_peer nobody;
             failure = co_await peer.session->start_tls(nullptr, nobody);
           });
  REQUIRE(failure);
  CHECK(failure->what == client_error::kind::protocol);
}

TEST_CASE("AUTH PLAIN sends credentials and errors do not show them") {
  client_peer peer;
  client_failure failure;
  peer.run({{"", "220 x\r\n"},
            {"EHLO client.example\r\n", "250 x\r\n"},
            {"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "235 2.7.0 ok\r\n"},
            {"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", "535 5.7.8 no\r\n"}},
           [&]() -> rt::task<> {
             CHECK_FALSE(co_await peer.session->read_banner());
             CHECK_FALSE(co_await peer.session->hello());
             CHECK_FALSE(co_await peer.session->auth_plain("user", "secret"));
             failure = co_await peer.session->auth_plain("user", "secret");
           });
  CHECK(peer.unexpected == "");
  REQUIRE(failure);
  CHECK(failure->text == "AUTH PLAIN was refused: 535 5.7.8 no");
  CHECK(failure->reply->command == "AUTH PLAIN");
}
