#include <doctest/doctest.h>

#include "smtp/client_session.hpp"
#include "unit/smtp/client_peer.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

namespace {

const std::string crlf = "\r\n";
const std::string body = "Subject: x\r\n\r\nhello\r\n";
const std::string pipelining = "250-mx\r\n250 PIPELINING\r\n";
const std::string group = "MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nDATA\r\n";
const std::string group_ok = "250 ok\r\n250 ok\r\n354 go\r\n";

/// Greets first; `offer` is the answer to EHLO.
std::vector<step> script(const std::string& offer, std::vector<step> then) {
  std::vector<step> all{{"", "220 mx\r\n"}, {"EHLO client.example\r\n", offer}};
  all.insert(all.end(), then.begin(), then.end());
  return all;
}

rt::task<> greet(client_peer& peer) {
  CHECK_FALSE(co_await peer.session->read_banner());
  CHECK_FALSE(co_await peer.session->hello());
}

/// Sends one message against `then` and returns what came of it.
send_result send_one(client_peer& peer, const mail::message& m, const std::string& offer, std::vector<step> then) {
  send_result out;
  peer.run(script(offer, std::move(then)), [&]() -> rt::task<> {
    co_await greet(peer);
    out = co_await peer.session->send(m);
  });
  return out;
}

}  // namespace

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

TEST_CASE("more recipients than a batch holds take several transactions") {
  client_options options;
  options.max_recipients_per_batch = 2;
  client_peer peer(options);
  const auto m = message_to({"a@b.example", "b@b.example", "c@b.example"}, body);
  const std::string first = "MAIL FROM:<s@a.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
  const std::string second = "MAIL FROM:<s@a.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n";
  const auto out = send_one(peer, *m, pipelining,
                            {{first, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
                             {body + ".\r\n", "250 one\r\n"},
                             {second, group_ok},
                             {body + ".\r\n", "250 two\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.content == "one");
  CHECK(out.recipients[2].reply.content == "two");
}

TEST_CASE("verdicts are reported before the next transaction, which goes without those who left") {
  client_options options;
  options.max_recipients_per_batch = 2;
  client_peer peer(options);
  const auto m = message_to({"a@b.example", "b@b.example", "c@b.example"}, body);
  const std::string first = "MAIL FROM:<s@a.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
  const std::string second = "MAIL FROM:<s@a.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n";
  std::vector<std::size_t> reported;
  const batch_report report = [&](send_result& so_far) -> rt::task<> {
    CHECK(peer.faults->writes == 3);  // EHLO, envelope, content
    for (const auto& r : so_far.recipients) reported.push_back(r.is_set ? 1 : 0);
    m->recipients.erase(m->recipients.begin());  // a is done, b failed for now and stays
    so_far.recipients.erase(so_far.recipients.begin());
    co_return;
  };
  send_result out;
  peer.run(script(pipelining, {{first, "250 ok\r\n250 ok\r\n450 later\r\n354 go\r\n"},
                               {body + ".\r\n", "250 one\r\n"},
                               {second, group_ok},
                               {body + ".\r\n", "250 two\r\n"}}),
           [&]() -> rt::task<> {
             co_await greet(peer);
             out = co_await peer.session->send(*m, nullptr, report);
           });
  CHECK(peer.unexpected == "");
  CHECK(reported == std::vector<std::size_t>{1, 1, 0});
  REQUIRE(out.recipients.size() == 2);
  CHECK(out.recipients[0].reply.code == 450);
  CHECK(out.recipients[1].reply.content == "two");
}

TEST_CASE("too many recipients are tried again in the next transaction") {
  client_peer peer;
  const auto m = message_to({"a@b.example", "b@b.example"}, body);
  const std::string first = "MAIL FROM:<s@a.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
  const std::string second = "MAIL FROM:<s@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n";
  const auto out = send_one(peer, *m, pipelining,
                            {{first, "250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go\r\n"},
                             {body + ".\r\n", "250 one\r\n"},
                             {second, group_ok},
                             {body + ".\r\n", "250 two\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.content == "one");
  CHECK(out.recipients[1].reply.content == "two");
  CHECK_FALSE(out.recipients[1].is_too_many);
}

TEST_CASE("a peer that takes no recipient at all is not asked again") {
  client_peer peer;
  const auto m = message_to({"r@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, {{group, "250 ok\r\n552 too many\r\n503 no\r\n"}});
  CHECK(out.recipients[0].is_set);
  CHECK(out.recipients[0].is_too_many);
}

TEST_CASE("LMTP answers for each recipient") {
  client_options options;
  options.use_lmtp = true;
  client_peer peer(options);
  const auto m = message_to({"a@b.example", "b@b.example", "c@b.example"}, body);
  send_result out;
  peer.run({{"", "220 mx\r\n"},
            {"LHLO client.example\r\n", pipelining},
            {"MAIL FROM:<s@a.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n",
             "250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"},
            {body + ".\r\n", "250 first\r\n452 4.2.2 full\r\n"}},
           [&]() -> rt::task<> {
             co_await greet(peer);
             out = co_await peer.session->send(*m);
           });
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.content == "first");
  CHECK(out.recipients[1].reply.code == 550);
  CHECK(out.recipients[2].reply.code == 452);
}

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

TEST_CASE("a large content is written in slices, each with its own deadline") {
  client_peer peer;
  std::string large = "Subject: x\r\n\r\n";
  while (large.size() < 700 * 1024) large += std::string(76, 'x') + crlf;
  const auto m = message_to({"r@b.example"}, large);
  const auto out = send_one(peer, *m, pipelining, {{group, group_ok}, {large + ".\r\n", "250 ok\r\n"}});
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.code == 250);
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
