// Many recipients, and verdicts of their own.
#include <doctest/doctest.h>

#include "unit/smtp/client_transaction.hpp"

using namespace godwit;
using namespace godwit::smtp;
using namespace godwit::smtp::testing;

namespace {

/// The transaction of these recipients, without its content.
std::string envelope(const std::vector<std::string>& users) {
  std::string out = "MAIL FROM:<s@a.example>" + crlf;
  for (const auto& u : users) out += fmt::format("RCPT TO:<{}@b.example>", u) + crlf;
  return out + "DATA" + crlf;
}

/// The peer takes the content of two transactions, the first of a and b, the second of one who is left.
std::vector<step> two_transactions(const std::string& verdicts, const std::string& left) {
  return {{envelope({"a", "b"}), verdicts},
          {body + ".\r\n", "250 one\r\n"},
          {envelope({left}), group_ok},
          {body + ".\r\n", "250 two\r\n"}};
}

client_options two_at_a_time() {
  client_options options;
  options.max_recipients_per_batch = 2;
  return options;
}

}  // namespace

TEST_CASE("more recipients than a batch holds take several transactions") {
  client_peer peer(two_at_a_time());
  const auto m = message_to({"a@b.example", "b@b.example", "c@b.example"}, body);
  const auto out = send_one(peer, *m, pipelining, two_transactions("250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "c"));
  CHECK(peer.unexpected == "");
  CHECK(out.recipients[0].reply.content == "one");
  CHECK(out.recipients[2].reply.content == "two");
}

TEST_CASE("verdicts are reported before the next transaction, which goes without those who left") {
  client_peer peer(two_at_a_time());
  const auto m = message_to({"a@b.example", "b@b.example", "c@b.example"}, body);
  std::vector<std::size_t> reported;
  const batch_report report = [&](send_result& so_far) -> rt::task<> {
    CHECK(peer.faults->writes == 3);  // EHLO, envelope, content
    for (const auto& r : so_far.recipients) reported.push_back(r.is_set ? 1 : 0);
    m->recipients.erase(m->recipients.begin());  // a is done, b failed for now and stays
    so_far.recipients.erase(so_far.recipients.begin());
    co_return;
  };
  send_result out;
  peer.run(script(pipelining, two_transactions("250 ok\r\n250 ok\r\n450 later\r\n354 go\r\n", "c")),
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
  const auto out = send_one(peer, *m, pipelining, two_transactions("250 ok\r\n250 ok\r\n452 4.5.3 too many\r\n354 go\r\n", "b"));
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
            {envelope({"a", "b", "c"}), "250 ok\r\n250 ok\r\n550 no\r\n250 ok\r\n354 go\r\n"},
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
