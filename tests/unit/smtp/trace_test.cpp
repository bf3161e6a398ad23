#include "smtp/trace.hpp"

#include <doctest/doctest.h>

#include "base/encoding.hpp"
#include "unit/smtp/client_peer.hpp"
#include "unit/smtp/scripted_session.hpp"

using namespace godwit;
using namespace godwit::smtp;

namespace {

using lines = std::vector<std::string>;

lines texts(const tracer::batch& b) {
  lines all;
  for (const auto& e : b.events) all.push_back(fmt::format("{} {}", trace_kind_name(e->what), e->text));
  return all;
}

bool has(const lines& all, const std::string& wanted) { return std::find(all.begin(), all.end(), wanted) != all.end(); }

bool contains(const lines& all, std::string_view part) {
  return std::any_of(all.begin(), all.end(), [part](const auto& l) { return l.find(part) != std::string::npos; });
}

bool everything(const trace_subject&) { return true; }
void no_wake() {}

trace_subject somebody() { return {true, 1, *ip_endpoint::parse("192.0.2.1:25"), {}, {}, {}, {}, {}}; }

}  // namespace

TEST_CASE("a session is traced while somebody watches, and not otherwise") {
  session_fixture f;
  CHECK_FALSE(is_traced());
  f.start();
  {
    tracer watch(everything, no_wake);
    CHECK(is_traced());
    f.envelope();
    f.say("Subject: secret plans\r\n\r\nx\r\n.\r\n");
    const auto said = texts(watch.take());
    CHECK(said.front() == "read EHLO client.test");
    CHECK(has(said, "write 250-CHUNKING"));
    CHECK(has(said, "read RCPT TO:<r@b.test>"));
    CHECK(has(said, "write 354 Send body; end with CRLF.CRLF"));
    CHECK(has(said, "content 28 bytes of content"));
    CHECK_FALSE(contains(said, "secret"));
    CHECK(said.back() == "write 250 OK ids=1");
  }
  CHECK_FALSE(is_traced());
}

TEST_CASE("credentials are not shown, however a client sends them") {
  session_fixture f;
  f.options.allow_auth_without_tls = true;
  f.start();
  tracer watch(everything, no_wake);
  const auto user = base64_encode("traced-user"), password = base64_encode("traced-password");
  const auto whole = base64_encode(std::string_view("\0traced-user\0traced-password", 28));
  f.say("EHLO client.test\r\n");
  f.say("AUTH PLAIN " + whole + "\r\n");
  f.say("AUTH LOGIN\r\n");  // refused: the client goes on all the same
  f.say(user + "\r\n" + password + "\r\n");
  f.say("NOOP\r\nunknown\r\n");
  const auto said = texts(watch.take());
  CHECK(has(said, "read AUTH PLAIN"));
  CHECK(has(said, "read AUTH LOGIN"));
  CHECK(has(said, "read unknown"));
  for (const auto& secret : {user, password, whole}) CHECK_FALSE(contains(said, secret));
}

TEST_CASE("an exchange of credentials is shown by its size") {
  session_fixture f;
  f.options.allow_auth_without_tls = true;
  f.start();
  tracer watch(everything, no_wake);
  f.say("EHLO client.test\r\n");
  f.say("AUTH LOGIN\r\n");
  f.say(base64_encode("traced-user") + "\r\n");
  f.say(base64_encode("traced-password") + "\r\n");
  const auto said = texts(watch.take());
  CHECK(contains(said, "write 334 "));
  CHECK(has(said, "read 16 bytes of credentials"));
  CHECK(has(said, "read 20 bytes of credentials"));
  CHECK_FALSE(contains(said, base64_encode("traced-password")));
}

TEST_CASE("the client's side is traced in the order of the wire") {
  using namespace godwit::smtp::testing;
  client_options options;
  options.traced = {false, 7, *ip_endpoint::parse("192.0.2.9:25"), {}, "mx.b.example", "source1", "b.example", {}};
  std::vector<std::string> domains;
  tracer watch(
      [&domains](const trace_subject& s) {
        if (domains.empty() || domains.back() != s.recipient_domain) domains.push_back(s.recipient_domain);
        return s.source == "source1" && s.routing_domain == "b.example";
      },
      no_wake);
  client_peer peer(options);
  const auto one = message_to({"r@b.example"}, "Subject: x\r\n\r\nhello\r\n");
  const auto two = message_to({"r@c.example"}, "Subject: y\r\n\r\nhello\r\n");

  peer.run({{"", "220 mx\r\n"},
            {"EHLO client.example\r\n", "250-mx\r\n250-AUTH PLAIN\r\n250 PIPELINING\r\n"},
            {"AUTH PLAIN " + base64_encode(std::string_view("\0user\0password", 14)) + "\r\n", "235 ok\r\n"},
            {"MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n354 go\r\n"},
            {"Subject: x\r\n\r\nhello\r\n.\r\n", "250-2.0.0 queued\r\n250 2.0.0 as 1\r\n"},
            {"RSET\r\nMAIL FROM:<s@a.example>\r\nRCPT TO:<r@c.example>\r\nDATA\r\n", "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
            {"Subject: y\r\n\r\nhello\r\n.\r\n", "421 4.3.2 bye\r\n"}},
           [&]() -> rt::task<> {
             CHECK_FALSE(co_await peer.session->read_banner());
             CHECK_FALSE(co_await peer.session->hello());
             CHECK_FALSE(co_await peer.session->auth_plain("user", "password"));
             co_await peer.session->send(*one, two.get());
             co_await peer.session->send(*two);
           });
  CHECK(peer.unexpected == "");
  peer.session.reset();
  const auto said = texts(watch.take());
  const lines expected{"connected mx.b.example",
                       "read 220 mx",
                       "write EHLO client.example",
                       "read 250-mx",
                       "read 250-AUTH PLAIN",
                       "read 250 PIPELINING",
                       "write AUTH PLAIN",
                       "read 235 ok",
                       "write MAIL FROM:<s@a.example>",
                       "write RCPT TO:<r@b.example>",
                       "write DATA",
                       "read 250 ok",
                       "read 250 ok",
                       "read 354 go",
                       "content 21 bytes of content",
                       "write .",
                       "write RSET",
                       "write MAIL FROM:<s@a.example>",
                       "write RCPT TO:<r@c.example>",
                       "write DATA",
                       "read 250-2.0.0 queued",
                       "read 250 2.0.0 as 1",
                       "read 250 ok",
                       "read 250 ok",
                       "read 250 ok",
                       "read 354 go",
                       "content 21 bytes of content",
                       "write .",
                       "read 421 4.3.2 bye",
                       "closed "};
  CHECK(said == expected);
  CHECK(domains == lines{"", "b.example", "c.example", "b.example", "c.example"});
}

TEST_CASE("a watcher that is slow loses lines and hears how many") {
  int wakes = 0;
  tracer watch(everything, [&wakes] { ++wakes; }, 4 * (sizeof(trace_event) + 1));
  for (int i = 0; i < 10; ++i) trace(somebody(), trace_kind::read, std::to_string(i));
  CHECK(wakes == 1);
  auto batch = watch.take();
  CHECK(texts(batch) == lines{"read 0", "read 1", "read 2", "read 3"});
  CHECK(batch.lost == 6);
  trace(somebody(), trace_kind::read, "x");
  CHECK(wakes == 2);
  batch = watch.take();
  CHECK(texts(batch) == lines{"read x"});
  CHECK(batch.lost == 0);
  CHECK(watch.take().events.empty());
}

TEST_CASE("watchers hear what they want only; long lines are cut") {
  tracer inbound([](const trace_subject& s) { return s.is_inbound; }, no_wake);
  tracer outbound([](const trace_subject& s) { return !s.is_inbound; }, no_wake);
  trace(somebody(), trace_kind::write, "250-a\r\n250 b\r\n");
  trace(somebody(), trace_kind::read, std::string(5000, 'x'));
  const auto said = texts(inbound.take());
  REQUIRE(said.size() == 3);
  CHECK(said[0] == "write 250-a");
  CHECK(said[1] == "write 250 b");
  CHECK(said[2].ends_with("x… (5000 bytes)"));
  CHECK(outbound.take().events.empty());
}
