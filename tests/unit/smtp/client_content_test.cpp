// What is sent as content, and what the peer can take.
#include <doctest/doctest.h>

#include "unit/smtp/client_transaction.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

TEST_CASE("CHUNKING needs no go-ahead and no dots") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, "Subject: x\r\n\r\n.dot\r\nend");
  m->content.prefix = "X-A: 1\r\n";
  const std::string all = m->content.prefix + m->content.base->bytes + crlf;
  const std::string bdat = "MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nBDAT " + std::to_string(all.size()) + " LAST\r\n";
  const auto out = send_one(peer, *m, "250-mx\r\n250-CHUNKING\r\n250 PIPELINING\r\n",
                            {{bdat + all, "250 ok\r\n250 ok\r\n250 got it\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(peer.faults->writes == 2);
  CHECK(out.recipients[0].reply.content == "got it");
  CHECK(out.recipients[0].reply.command == "BDAT " + std::to_string(all.size()) + " LAST");
}

TEST_CASE("CHUNKING without pipelining waits for the recipients") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, "250-mx\r\n250 CHUNKING\r\n",
                            {{"MAIL FROM:<s@a.example>\r\n", "250 ok\r\n"},
                             {"RCPT TO:<r@b.example>\r\n", "250 ok\r\n"},
                             {"BDAT " + std::to_string(body.size()) + " LAST\r\n" + body, "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
}

TEST_CASE("dots at the beginning of lines are doubled, in prefix and body") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, ".a\r\nb.\r\n..c");
  m->content.prefix = ".X: 1\r\n";
  const auto out = send_one(peer, *m, pipelining,
                            {{group, group_ok}, {"..X: 1\r\n..a\r\nb.\r\n...c\r\n.\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
}

TEST_CASE("parameters follow what is offered") {
  client_peer peer;
  const auto m = message_to({"r\xc3\xa9@b.example"}, "Subject: x\r\n\r\nh\xc3\xa9llo\r\n");
  const std::string mail = "MAIL FROM:<s@a.example> SIZE=" + std::to_string(m->content.size()) + " BODY=8BITMIME SMTPUTF8\r\n";
  const auto out = send_one(peer, *m, "250-mx\r\n250-SIZE\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n",
                            {{mail + "RCPT TO:<r\xc3\xa9@b.example>\r\nDATA\r\n", group_ok},
                             {m->content.base->bytes + ".\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
}

TEST_CASE("what the peer cannot take fails before it is sent") {
  const auto eight_bit = message_to({"r@b.example"}, "h\xc3\xa9llo\r\n");
  const auto utf8 = message_to({"r\xc3\xa9@b.example"}, body);
  {
    client_peer peer;
    const auto out = send_one(peer, *eight_bit, pipelining, {});
    CHECK(out.recipients[0].reply.one_line() ==
          "554 5.6.3 KumoMTA internal: DATA is 8bit, destination does not support 8BITMIME");
  }
  client_peer peer;
  const auto out = send_one(peer, *utf8, pipelining, {});
  CHECK(out.recipients[0].reply.code == 554);
}

TEST_CASE("the 8-bit check can be ignored, and a domain is written in A-labels") {
  client_options options;
  options.ignore_8bit_checks = true;
  {
    client_peer peer(options);
    const auto m = message_to({"r@b.example"}, "h\xc3\xa9llo\r\n");
    const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {m->content.base->bytes + ".\r\n", "250 ok\r\n"}});
    CHECK(out.recipients[0].reply.code == 250);
  }
  client_peer peer;
  const auto m = message_to({"r@b\xc3\xbc" "cher.example"}, body);
  const auto out = send_one(peer, *m, pipelining,
                            {{"MAIL FROM:<s@a.example>\r\nRCPT TO:<r@xn--bcher-kva.example>\r\nDATA\r\n", group_ok},
                             {body + ".\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
}

TEST_CASE("a large content is written in slices, each with its own deadline") {
  client_peer peer;
  std::string large = "Subject: x\r\n\r\n";
  while (large.size() < 700 * 1024) large += std::string(76, 'x') + crlf;
  const auto m = message_to({"r@b.example"}, large);
  const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {large + ".\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
}

TEST_CASE("a message above the peer's SIZE limit fails before it is sent") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto limit = body.size() - 1;
  const auto out = send_one(peer, *m, fmt::format("250-mx\r\n250 SIZE {}\r\n", limit), {});
  CHECK(peer.unexpected == "");
  REQUIRE_FALSE(out.broken);
  const auto& reply = out.recipients[0].reply;
  CHECK(reply.code == 552);
  CHECK(reply.enhanced->text() == "5.3.4");
  CHECK(reply.content == fmt::format("KumoMTA internal: message of {} bytes is larger than the {} that the destination takes",
                                     body.size(), limit));
}

TEST_CASE("a SIZE without a limit, or with one that fits, refuses nothing") {
  for (const std::string size : {"SIZE", "SIZE 0", "SIZE 21", "SIZE lots"}) {
    client_peer peer;
    const auto m = message_to({"r@b.example"}, body);
    REQUIRE(body.size() == 21);
    const auto out = send_one(peer, *m, "250-mx\r\n250 " + size + "\r\n",
                              {{"MAIL FROM:<s@a.example> SIZE=21\r\n", "250 ok\r\n"},
                               {"RCPT TO:<r@b.example>\r\n", "250 ok\r\n"},
                               {"DATA\r\n", "354 go\r\n"},
                               {body + ".\r\n", "250 ok\r\n"}});
    CHECK(peer.unexpected == "");
    CHECK(out.recipients[0].reply.code == 250);
  }
}
