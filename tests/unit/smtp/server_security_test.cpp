#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "net/proxy_protocol.hpp"
#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace std::chrono_literals;

namespace {
std::string plain(std::string_view text) { return base64_encode(text); }
const std::string& text_of(const object& meta, const char* key) { return *meta.find(key)->as_string(); }
}  // namespace

TEST_CASE("STARTTLS, then a message and AUTH under TLS") {
  session_fixture f;
  f.start();
  f.say("EHLO client.test\r\n");
  CHECK(f.say("STARTTLS\r\n") == "220 Ready to Start TLS\r\n");
  REQUIRE(f.shake_hands());
  CHECK(f.say("EHLO client.test\r\n").ends_with("250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n"));
  CHECK(f.say("STARTTLS\r\n") == "501 Cannot STARTTLS as TLS is already active\r\n");
  CHECK(f.say("AUTH PLAIN " + plain(std::string_view("\0user\0pass", 10)) + "\r\n") ==
        "235 2.7.0 AUTH OK!\r\n");
  CHECK(f.say("MAIL FROM:<s@a.test>\r\nRCPT TO:<r@b.test>\r\nDATA\r\n").ends_with("CRLF.CRLF\r\n"));
  CHECK(f.say("x\r\n.\r\n") == "250 OK ids=1\r\n");
  CHECK(f.say("QUIT\r\n").starts_with("221"));
  CHECK(text_of(f.script.meta, "tls_protocol_version") == "TLSv1.3");
  CHECK(text_of(f.script.meta, "tls_cipher").starts_with("TLS_"));
  CHECK(f.script.meta.find("tls_peer_subject_name") == nullptr);
  CHECK(text_of(f.script.meta, "authn_id") == "user");
}

TEST_CASE("STARTTLS forgets what was said in the clear") {
  session_fixture f;
  f.start();
  f.say("EHLO c\r\nMAIL FROM:<s@a.test>\r\n");
  f.say("STARTTLS\r\n");
  REQUIRE(f.shake_hands());
  CHECK(f.say("RCPT TO:<r@b.test>\r\n") == "503 5.5.0 MAIL FROM must be issued first\r\n");
}

TEST_CASE("bytes after STARTTLS are refused, not executed") {
  session_fixture f;
  f.start();
  f.say("EHLO c\r\n");
  CHECK(f.say("STARTTLS\r\nMAIL FROM:<evil@x.test>\r\n") ==
        "554 5.5.1 this command must be the last of a pipelined group\r\n");
  f.client().close();
  f.received();
  CHECK(std::count(f.script.events.begin(), f.script.events.end(), "mail evil@x.test") == 0);
}

TEST_CASE("a key that cannot be read is a temporary failure") {
  session_fixture f;
  f.options.tls_certificate = "/nonexistent.pem";
  f.start();
  CHECK(f.say("STARTTLS\r\n") == "454 4.7.0 TLS not available due to temporary reason\r\n");
  CHECK(f.say("NOOP\r\n").starts_with("250"));
}

TEST_CASE("AUTH is refused in the clear unless allowed") {
  session_fixture f;
  f.start();
  CHECK(f.say("AUTH PLAIN AAAA\r\n") == "524 5.7.11 AUTH PLAIN requires an encrypted channel\r\n");
  CHECK(f.say("AUTH CRAM-MD5\r\n") == "504 5.5.4 AUTH CRAM-MD5 not supported\r\n");
}

TEST_CASE("AUTH exchanges") {
  session_fixture f;
  f.options.allow_auth_without_tls = true;
  f.start();
  CHECK(f.say("EHLO c\r\n").ends_with("250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"));
  using namespace std::string_view_literals;

  SUBCASE("PLAIN with a challenge and an authorization identity") {
    CHECK(f.say("AUTH PLAIN\r\n") == "334 \r\n");
    CHECK(f.say(plain("boss\0user\0pass"sv) + "\r\n") == "235 2.7.0 AUTH OK!\r\n");
    CHECK(f.script.credentials == "boss/user/pass");
    CHECK(f.say("AUTH PLAIN\r\n") == "503 5.5.1 AUTH me once, can't get authed again!\r\n");
  }
  SUBCASE("PLAIN without an authorization identity") {
    f.say("AUTH plain " + plain("\0user\0pass"sv) + "\r\n");
    CHECK(f.script.credentials == "user/user/pass");
  }
  SUBCASE("LOGIN") {
    CHECK(f.say("AUTH LOGIN\r\n") == "334 VXNlcm5hbWU6\r\n");
    CHECK(f.say(plain("user") + "\r\n") == "334 UGFzc3dvcmQ6\r\n");
    CHECK(f.say(plain("pass") + "\r\n") == "235 2.7.0 AUTH OK!\r\n");
    CHECK(f.script.credentials == "user/user/pass");
  }
  SUBCASE("LOGIN with the user on the command line") {
    CHECK(f.say("AUTH LOGIN " + plain("user") + "\r\n") == "334 UGFzc3dvcmQ6\r\n");
  }
  SUBCASE("refused credentials; the log does not see them") {
    f.script.auth = answer{replies::auth_invalid.value(), false, {}};
    CHECK(f.say("AUTH PLAIN " + plain("\0user\0pass"sv) + "\r\n") == "535 5.7.8 AUTH invalid\r\n");
    CHECK(f.script.rejections.at(0) == "535 5.7.8 AUTH invalid|AUTH PLAIN||");
    for (int i = 0; i < 3; ++i) f.say("AUTH PLAIN " + plain("\0user\0pass"sv) + "\r\n");
    CHECK(f.say("AUTH PLAIN " + plain("\0user\0pass"sv) + "\r\n") ==
          "535 5.7.8 AUTH invalid\r\n421 4.7.0 mx.test too many errors on this connection\r\n");
    CHECK(f.is_closed());
  }
  SUBCASE("errors of the exchange") {
    f.say("AUTH PLAIN\r\n");
    CHECK(f.say("*\r\n") == "501 5.5.0 AUTH cancelled by client\r\n");
    f.say("AUTH PLAIN\r\n");
    CHECK(f.say("!!!\r\n") == "501 5.5.2 Invalid base64 response\r\n");
    CHECK(f.say("AUTH PLAIN " + plain("user\0pass"sv) + "\r\n") ==
          "501 5.5.2 Invalid decoded PLAIN response\r\n");
    CHECK(f.say("AUTH PLAIN " + plain("\0us\xff\0pass"sv) + "\r\n") ==
          "501 5.5.2 Invalid UTF8 in decoded PLAIN response\r\n");
    f.say("AUTH PLAIN\r\n");
    CHECK(f.say("\xff\r\n") == "501 5.5.2 Invalid UTF-8 in authentication exchange\r\n");
    f.say("AUTH PLAIN\r\n");
    CHECK(f.say(std::string(12289, 'A') + "\r\n") == "500 5.5.6 authentication exchange line too long\r\n");
    CHECK(f.say("AUTH\r\n") == "501 Syntax error in command or arguments: a mechanism is missing\r\n");
    f.say("MAIL FROM:<s@a.test>\r\n");
    CHECK(f.say("AUTH PLAIN\r\n") == "503 5.5.1 AUTH not permitted inside a transaction\r\n");
  }
  SUBCASE("silence in the exchange") {
    // The deadline of a command holds here, too.
    f.say("AUTH PLAIN\r\n");
    f.client().close();
    f.received();
    CHECK(f.script.events.back() == "close");
  }
}

TEST_CASE("XCLIENT") {
  session_fixture f;
  object trusted;
  trusted.set("allow_xclient", true);
  object far;
  far.set("banner", "far");
  f.options.peer.set("198.51.100.0/24", trusted);
  f.options.peer.set("203.0.113.0/24", far);
  f.start();
  CHECK(f.say("EHLO c\r\n").ends_with("250 XCLIENT ADDR PORT DESTADDR DESTPORT\r\n"));
  CHECK(f.say("XCLIENT ADDR=nonsense\r\n") == "501 ADDR nonsense is invalid\r\n");
  CHECK(f.say("XCLIENT DESTPORT=70000\r\n") == "501 DESTPORT 70000 is invalid\r\n");
  CHECK(f.say("XCLIENT NAME=x\r\n") == "501 parameter NAME is not supported\r\n");
  f.say("MAIL FROM:<s@a.test>\r\n");
  CHECK(f.say("XCLIENT PORT=1\r\n") == "503 mail transaction in progress\r\n");
  f.say("RSET\r\n");
  CHECK(f.say("XCLIENT ADDR=203.0.113.9 PORT=99 DESTADDR=IPV6:2001:db8::1 DESTPORT=[UNAVAILABLE]\r\n") ==
        "220 mx.test far\r\n");
  // Who it is now may not do it again.
  CHECK(f.say("XCLIENT ADDR=203.0.113.10\r\n") == "550 insufficient authorization\r\n");
  f.say("QUIT\r\n");
  CHECK(f.script.peer.text() == "203.0.113.9:99");
  CHECK(text_of(f.script.meta, "received_from") == "203.0.113.9:99");
  CHECK(text_of(f.script.meta, "orig_received_from") == "198.51.100.7:4321");
  CHECK(text_of(f.script.meta, "received_via") == "[2001:db8::1]:25");
  CHECK(f.script.options->banner == "far");
}

TEST_CASE("after XCLIENT the limits of the client's block hold") {
  session_fixture f;
  object trusted;
  trusted.set("allow_xclient", true);
  object far;
  far.set("max_messages_per_connection", 1);
  f.options.peer.set("198.51.100.0/24", trusted);
  f.options.peer.set("203.0.113.0/24", far);
  f.start();
  f.say("MAIL FROM:<s@a.test>\r\nRSET\r\n");
  CHECK(f.say("XCLIENT ADDR=203.0.113.9\r\n").starts_with("220"));
  CHECK(f.say("MAIL FROM:<s@a.test>\r\nRSET\r\n").starts_with("250"));
  CHECK(f.say("MAIL FROM:<s@a.test>\r\n") == "421 4.5.3 mx.test too many messages on this connection\r\n");
}

TEST_CASE("XCLIENT is denied by default") {
  session_fixture f;
  f.start();
  CHECK(f.say("XCLIENT ADDR=203.0.113.9\r\n") == "550 insufficient authorization\r\n");
}

TEST_CASE("the PROXY header comes before the greeting and names the client") {
  session_fixture f;
  object balancer;
  balancer.set("require_proxy_protocol", true);
  object inside;
  inside.set("banner", "inside");
  f.options.peer.set("198.51.100.7", balancer);
  f.options.peer.set("10.0.0.0/8", inside);
  CHECK(f.start() == "");
  SUBCASE("version 1") {
    CHECK(f.say("PROXY TCP4 10.1.2.3 192.0.2.99 5555 25\r\nEHLO c\r\n")
              .starts_with("220 mx.test inside\r\n250-"));
    f.say("QUIT\r\n");
    CHECK(f.script.peer.text() == "10.1.2.3:5555");
    CHECK(f.script.local.text() == "192.0.2.99:25");
    CHECK(text_of(f.script.meta, "orig_received_from") == "198.51.100.7:4321");
  }
  SUBCASE("version 2, in two parts") {
    const auto header =
        net::write_proxy_header(*ip_endpoint::parse("10.1.2.3:5"), *ip_endpoint::parse("192.0.2.99:25"));
    CHECK(f.say(header.substr(0, 9)) == "");
    CHECK(f.say(header.substr(9)) == "220 mx.test inside\r\n");
  }
  SUBCASE("LOCAL keeps the connection's own addresses") {
    auto header =
        net::write_proxy_header(*ip_endpoint::parse("10.1.2.3:5"), *ip_endpoint::parse("192.0.2.99:25"));
    header[12] = '\x20';
    CHECK(f.say(header) == "220 mx.test KumoMTA\r\n");
  }
  SUBCASE("none: dropped without a word") {
    CHECK(f.say("EHLO c\r\n") == "");
    CHECK(f.is_closed());
    CHECK(f.script.events == std::vector<std::string>{"close"});
  }
}

TEST_CASE("silence instead of a PROXY header is timed out") {
  session_fixture f;
  f.options.require_proxy_protocol = true;
  f.options.client_timeout = 10ms;
  f.start();
  f.until_closed();
  CHECK(f.is_closed());
}
