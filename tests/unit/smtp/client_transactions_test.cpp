// Commands, their order, and verdicts on a whole message.
#include <doctest/doctest.h>

#include "unit/smtp/client_transaction.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

TEST_CASE("a pipelining peer gets the envelope in one write and the content in another") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {body + ".\r\n", "250 2.0.0 queued\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(peer.faults->writes == 3);  // EHLO, envelope, content
  REQUIRE_FALSE(out.broken);
  REQUIRE(out.recipients[0].is_set);
  CHECK(out.recipients[0].reply.code == 250);
  CHECK(out.recipients[0].reply.content == "queued");
  CHECK(out.recipients[0].reply.command == ".");
}

TEST_CASE("without pipelining commands go one by one and stop at the first refusal") {
  client_peer peer;
  const auto m = message_to({"r@b.example", "q@b.example"}, body);
  const auto out = send_one(peer, *m, "250 mx\r\n",
                            {{"MAIL FROM:<s@a.example>\r\n", "250 ok\r\n"},
                             {"RCPT TO:<r@b.example>\r\n", "550 5.1.1 no\r\n"},
                             {"RCPT TO:<q@b.example>\r\n", "250 ok\r\n"},
                             {"DATA\r\n", "354 go\r\n"},
                             {body + ".\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 550);
  CHECK(out.recipients[0].reply.command == "RCPT TO:<r@b.example>");
  CHECK(out.recipients[1].reply.code == 250);
}

TEST_CASE("the next envelope rides behind the final dot") {
  client_peer peer;
  const auto first = message_to({"r@b.example"}, body);
  const auto second = message_to({"r@b.example"}, body);
  send_result a, b;
  peer.run(script(pipelining, {{group, group_ok},
                               {body + ".\r\nRSET\r\n" + group, "250 first\r\n250 reset\r\n" + group_ok},
                               {body + ".\r\n", "250 second\r\n"}}),
           [&]() -> rt::task<> {
             co_await greet(peer);
             a = co_await peer.session->send(*first, second.get());
             b = co_await peer.session->send(*second);
           });
  CHECK(peer.unexpected == "");
  CHECK(peer.faults->writes == 4);  // EHLO, envelope, content and envelope, content
  CHECK(a.recipients[0].reply.content == "first");
  CHECK(b.recipients[0].reply.content == "second");
}

TEST_CASE("replies may arrive byte by byte") {
  client_peer peer;
  peer.faults->max_read = 1;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {body + ".\r\n", "250-a\r\n250 b\r\n"}});
  CHECK(out.recipients[0].reply.content == "a\r\nb");
}

TEST_CASE("354 without an accepted recipient gets a lone dot") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto again = message_to({"r@b.example"}, body);
  send_result a, b;
  peer.run(script(pipelining, {{group, "250 ok\r\n550 no such user\r\n354 go\r\n"},
                               {".\r\n", "554 no recipients\r\n"},
                               {"RSET\r\n" + group, "250 reset\r\n" + group_ok},
                               {body + ".\r\n", "250 ok\r\n"}}),
           [&]() -> rt::task<> {
             co_await greet(peer);
             a = co_await peer.session->send(*m);
             b = co_await peer.session->send(*again);
           });
  CHECK(peer.unexpected == "");
  CHECK(a.recipients[0].reply.code == 550);
  CHECK(b.recipients[0].reply.code == 250);
}

TEST_CASE("a refused MAIL is the verdict of all its recipients") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, {{group, "451 4.7.1 later\r\n503 x\r\n503 y\r\n"}});
  REQUIRE_FALSE(out.broken);
  CHECK(out.recipients[0].reply.code == 451);
  CHECK(out.recipients[0].reply.command == "MAIL FROM:<s@a.example>");
}

TEST_CASE("refused DATA and a refused content are verdicts too") {
  const auto m = message_to({"r@b.example"}, body);
  {
    client_peer peer;
    const auto out = send_one(peer, *m, pipelining, {{group, "250 ok\r\n250 ok\r\n452 4.3.1 full\r\n"}});
    CHECK(out.recipients[0].reply.code == 452);
    CHECK(out.recipients[0].reply.command == "DATA");
    CHECK_FALSE(out.recipients[0].is_too_many);
  }
  client_peer peer;
  const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {body + ".\r\n", "554 5.7.1 spam\r\n"}});
  CHECK(out.recipients[0].reply.code == 554);
  CHECK(out.recipients[0].reply.command == ".");
}

TEST_CASE("421 settles everything and closes the connection") {
  client_peer peer;
  const auto m = message_to({"r@b.example", "q@b.example"}, body);
  const std::string both = "MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nRCPT TO:<q@b.example>\r\nDATA\r\n";
  const auto out = send_one(peer, *m, pipelining, {{both, "250 ok\r\n250 ok\r\n421 4.3.2 closing\r\n"}});
  CHECK(out.is_closing);
  CHECK_FALSE(out.broken);
  CHECK(out.recipients[0].reply.code == 421);
  CHECK(out.recipients[1].reply.code == 421);
}

TEST_CASE("RSET can be disabled, except where a transaction was left open") {
  client_options options;
  options.enable_rset = false;
  client_peer peer(options);
  const auto m = message_to({"r@b.example"}, body);
  peer.run(script(pipelining, {{group, group_ok},
                               {body + ".\r\n", "250 ok\r\n"},
                               {group, "250 ok\r\n550 no\r\n503 no\r\n"},
                               {"RSET\r\n" + group, "250 ok\r\n" + group_ok},
                               {body + ".\r\n", "250 ok\r\n"}}),
           [&]() -> rt::task<> {
             co_await greet(peer);
             for (int i = 0; i < 3; ++i) {
               const auto out = co_await peer.session->send(*m);
               CHECK_FALSE(out.broken);
             }
           });
  CHECK(peer.unexpected == "");
}
