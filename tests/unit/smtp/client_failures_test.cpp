// Peers that are silent, gone, or out of step.
#include <doctest/doctest.h>

#include "unit/smtp/client_transaction.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

TEST_CASE("every phase has its time-out text") {
  const auto ms = std::chrono::milliseconds(15);
  const auto m = message_to({"r@b.example"}, body);
  struct one {
    std::chrono::nanoseconds client_options::* limit;
    std::vector<step> then;
    std::string command;
  };
  const std::vector<one> cases{
      {&client_options::mail_from_timeout, {{group, ""}, {"x", ""}}, "MAIL FROM:<s@a.example>"},
      {&client_options::rcpt_to_timeout, {{group, "250 ok\r\n"}, {"x", ""}}, "RCPT TO:<r@b.example>"},
      {&client_options::data_timeout, {{group, "250 ok\r\n250 ok\r\n"}, {"x", ""}}, "DATA"},
      {&client_options::data_dot_timeout, {{group, group_ok}, {body + ".\r\n", ""}, {"x", ""}}, "."}};
  for (const auto& c : cases) {
    CAPTURE(c.command);
    client_options options;
    options.*c.limit = ms;
    client_peer peer(options);
    const auto out = send_one(peer, *m, pipelining, c.then);
    REQUIRE(out.broken);
    CHECK(out.broken->what == client_error::kind::timed_out);
    CHECK(out.broken->text == "Timed Out waiting 15ms for response to " + c.command);
    CHECK_FALSE(out.is_untried);
    CHECK_FALSE(out.recipients[0].is_set);
  }
}

TEST_CASE("a stalled write names the commands") {
  client_options options;
  options.mail_from_timeout = options.rcpt_to_timeout = options.data_timeout = std::chrono::milliseconds(15);
  client_peer peer(options);
  const auto m = message_to({"r@b.example"}, body);
  send_result out;
  peer.run(script(pipelining, {{"x", ""}}), [&]() -> rt::task<> {
    co_await greet(peer);
    peer.faults->stall_writes = true;
    out = co_await peer.session->send(*m);
  });
  REQUIRE(out.broken);
  CHECK(out.broken->text ==
        "Timed Out waiting 15ms to write MAIL FROM:<s@a.example>, RCPT TO:<r@b.example>, DATA");
}

TEST_CASE("a first message that meets a closed connection was tried, a later one was not") {
  const auto m = message_to({"r@b.example"}, body);
  {
    client_peer peer;
    const auto out = send_one(peer, *m, pipelining, {{group, ""}});
    REQUIRE(out.broken);
    CHECK_FALSE(out.is_untried);
  }
  for (const std::string farewell : {"", "421 4.4.2 idle too long\r\n"}) {
    CAPTURE(farewell);
    client_peer peer;
    send_result out;
    peer.run(script(pipelining, {{group, group_ok}, {body + ".\r\n", "250 ok\r\n"}, {"RSET\r\n" + group, farewell}}),
             [&]() -> rt::task<> {
               co_await greet(peer);
               (void)co_await peer.session->send(*m);
               out = co_await peer.session->send(*m);
             });
    REQUIRE(out.broken);
    CHECK(out.is_untried);
    CHECK_FALSE(out.recipients[0].is_set);
  }
}

TEST_CASE("replies out of step are noticed before the content goes out") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, {{group, "250 ok\r\n250 extra\r\n250 ok\r\n354 go\r\n"}, {"x", ""}});
  REQUIRE(out.broken);
  CHECK(out.broken->what == client_error::kind::protocol);
  CHECK_FALSE(out.recipients[0].is_set);

  client_peer late;
  const auto more = send_one(late, *m, pipelining, {{group, group_ok + "250 extra\r\n"}, {"x", ""}});
  REQUIRE(more.broken);
  CHECK(more.broken->what == client_error::kind::protocol);
}
