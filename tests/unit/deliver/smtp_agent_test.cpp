#include "deliver/smtp_agent.hpp"

#include <doctest/doctest.h>

#include "deliver/site_plan.hpp"
#include "unit/deliver/fake_resolver.hpp"
#include "unit/deliver/fake_work.hpp"
#include "unit/deliver/run_on_loop.hpp"
#include "unit/deliver/scripted_network.hpp"

using namespace godwit;
using namespace godwit::deliver;
using namespace godwit::deliver::testing;

namespace {

const std::string content = "Subject: x\r\n\r\nhi\r\n";
const std::string envelope = "MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nDATA\r\n";
const std::string envelope_ok = "250 ok\r\n250 ok\r\n354 go\r\n";

std::vector<step> greeting(std::vector<step> then, const std::string& offer = "250-mx\r\n250 PIPELINING\r\n") {
  std::vector<step> all{{"", "220 mx\r\n"}, {"EHLO us.example\r\n", offer}};
  all.insert(all.end(), then.begin(), then.end());
  return all;
}

/// A server that takes one message and then says goodbye.
server one_message() {
  return {greeting({{envelope, envelope_ok}, {content + ".\r\n", "250 2.0.0 taken\r\n"}, {"QUIT\r\n", "221 bye\r\n"}})};
}

/// A queue towards two hosts, mx1 then mx2, and the agent that empties it.
struct rig {
  rt::loop loop{0};
  fake_resolver names;
  scripted_network network{loop};
  std::shared_ptr<fake_work> work = std::make_shared<fake_work>();
  std::unique_ptr<smtp_agent> agent;

  rig() {
    names.addresses = {{"mx1.b.example", {"192.0.2.1"}}, {"mx2.b.example", {"192.0.2.2"}}};
    queue::protocol_config::mx_host first{"mx1.b.example", std::nullopt, std::nullopt};
    queue::protocol_config::mx_host second{"mx2.b.example", std::nullopt, std::nullopt};
    work->site = site_of_list({first, second});
    work->source_config.name = "source";
    smtp_agent_parts parts{names, "us.example"};
    parts.connect = network.function();
    agent = std::make_unique<smtp_agent>(std::move(parts));
  }

  mail::message_ref add(std::vector<std::string> recipients = {"r@b.example"}) {
    std::vector<mail::address> to;
    for (const auto& r : recipients) to.push_back(*mail::address::parse(r));
    auto m = std::make_shared<mail::message>(uuid::make_v1(), *mail::address::parse("s@a.example"), std::move(to));
    auto body = std::make_shared<mail::body>();
    body->bytes = content;
    m->content.base = std::move(body);
    work->waiting.push_back(m);
    return m;
  }

  void run() {
    run_to_end(loop, [this]() -> rt::task<> {
      co_await agent->run_session(work);
      co_await network.close();
    });
    for (const auto& text : network.unexpected) FAIL_CHECK(text);
  }
};

}  // namespace

TEST_CASE("a session delivers all there is over one connection and says goodbye") {
  rig r;
  const auto a = r.add(), b = r.add(), c = r.add();
  r.network.servers.push_back(
      {greeting({{envelope, envelope_ok},
                 {content + ".\r\nRSET\r\n" + envelope, "250 2.0.0 one\r\n250 ok\r\n" + envelope_ok},
                 {content + ".\r\n", "250 two\r\n"},
                 {"RSET\r\n" + envelope, "250 ok\r\n" + envelope_ok},
                 {content + ".\r\n", "250 three\r\n"},
                 {"QUIT\r\n", "221 bye\r\n"}})});
  r.run();
  REQUIRE(r.work->done.size() == 3);
  CHECK(r.network.servers.empty());
  CHECK(r.work->successes == 1);
  const auto& first = r.work->done[0];
  CHECK(first.id == a->id.simple());
  REQUIRE(first.outcomes.size() == 1);
  CHECK_FALSE(first.outcomes[0].recipient);
  CHECK(first.outcomes[0].type == mail::record_type::delivery);
  CHECK(first.outcomes[0].response.one_line() == "250 2.0.0 one");
  CHECK(first.outcomes[0].response.command == ".");
  CHECK(first.trace.peer->name == "mx1.b.example");
  CHECK(first.trace.peer->addr == "192.0.2.1");
  CHECK(first.trace.delivery_protocol == "ESMTP");
  CHECK(*first.trace.source_address->find("address")->as_string() == "192.0.2.250:50000");
  CHECK(first.trace.session_id == r.work->done[2].trace.session_id);
  CHECK(r.network.asked[0].to.text() == "192.0.2.1:25");
}

TEST_CASE("nothing to do: no connection") {
  rig r;
  r.run();
  CHECK(r.network.asked.empty());
}

TEST_CASE("the next host is tried, and failures are told when none answers") {
  {
    rig r;
    r.add();
    r.network.servers.push_back({{}, net::connect_failure::refused});
    r.network.servers.push_back(one_message());
    r.run();
    REQUIRE(r.work->done.size() == 1);
    CHECK(r.work->done[0].trace.peer->name == "mx2.b.example");
    CHECK_FALSE(r.work->failed);
  }
  rig r;
  r.add();
  r.network.servers.push_back({{}, net::connect_failure::refused});
  r.network.servers.push_back({{{"", "554 5.3.2 busy\r\n"}}});
  r.run();
  REQUIRE(r.work->failed);
  CHECK(r.work->failed->code == 400);
  CHECK(r.work->failed->content ==
        "KumoMTA internal: failed to connect to any candidate hosts: "
        "connect to mx1.b.example/192.0.2.1 port 25 and read initial banner: connect to 192.0.2.1:25: refused, "
        "connect to mx2.b.example/192.0.2.2 port 25 and read initial banner: banner: 554 5.3.2 busy");
  CHECK(r.work->done.empty());
}

TEST_CASE("failures with one cause come with a hint") {
  rig r;
  r.add();
  r.network.servers.push_back({{}, net::connect_failure::source_unavailable});
  r.network.servers.push_back({{}, net::connect_failure::source_unavailable});
  r.run();
  REQUIRE(r.work->failed);
  CHECK(r.work->failed->content.find("All failures are related to having an unplumbed source address. "
                                     "Are the network interfaces provisioned correctly? connect to") != std::string::npos);
}

TEST_CASE("a plan without hosts settles the whole queue") {
  rig r;
  r.add();
  r.work->path_config.skip_hosts = *cidr_set::parse({"192.0.2.0/24"});
  r.run();
  REQUIRE(r.work->all);
  CHECK(r.work->all->code == 451);
  CHECK(r.work->settled_why == queue::insert_context::mx_was_skipped);
  CHECK(r.network.asked.empty());
}

TEST_CASE("a candidate of the other address family than the source is skipped") {
  rig r;
  r.add();
  r.work->source_config.source_address = "2001:db8::1";
  r.run();
  REQUIRE(r.work->failed);
  CHECK(r.network.asked.empty());
  CHECK(r.work->failed->content.find("Skipping source because source_address IP address family does not match the "
                                     "destination address family 192.0.2.1") != std::string::npos);
}

TEST_CASE("each recipient has an outcome of its own") {
  rig r;
  r.add({"a@b.example", "b@b.example", "c@b.example"});
  r.network.servers.push_back(
      {greeting({{"MAIL FROM:<s@a.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\nRCPT TO:<c@b.example>\r\nDATA\r\n",
                  "250 ok\r\n250 ok\r\n550 5.1.1 no\r\n450 later\r\n354 go\r\n"},
                 {content + ".\r\n", "250 ok\r\n"},
                 {"QUIT\r\n", "221 x\r\n"}})});
  r.run();
  REQUIRE(r.work->done.size() == 1);
  const auto& outcomes = r.work->done[0].outcomes;
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].type == mail::record_type::delivery);
  CHECK(outcomes[1].type == mail::record_type::bounce);
  CHECK(outcomes[1].recipient == std::size_t{1});
  CHECK(outcomes[1].response.command == "RCPT TO:<b@b.example>");
  CHECK(outcomes[2].type == mail::record_type::transient_failure);
}

TEST_CASE("a message in several transactions is settled part by part") {
  rig r;
  r.work->path_config.max_recipients_per_batch = 2;
  const auto m = r.add({"a@b.example", "b@b.example", "c@b.example"});
  const std::string from = "MAIL FROM:<s@a.example>\r\n", data = "DATA\r\n";
  r.network.servers.push_back(
      {greeting({{from + "RCPT TO:<a@b.example>\r\nRCPT TO:<b@b.example>\r\n" + data, "250 ok\r\n250 ok\r\n450 later\r\n354 go\r\n"},
                 {content + ".\r\n", "250 one\r\n"},
                 {from + "RCPT TO:<c@b.example>\r\n" + data, envelope_ok},
                 {content + ".\r\n", "250 two\r\n"},
                 {"QUIT\r\n", "221 x\r\n"}})});
  r.run();
  REQUIRE(r.work->parts.size() == 1);
  REQUIRE(r.work->parts[0].outcomes.size() == 2);
  CHECK(r.work->parts[0].outcomes[0].response.content == "one");
  CHECK(m->recipients.size() == 2);
  REQUIRE(r.work->done.size() == 1);
  const auto& rest = r.work->done[0].outcomes;
  REQUIRE(rest.size() == 2);
  CHECK(rest[0].type == mail::record_type::transient_failure);
  CHECK(rest[0].recipient == std::size_t{0});
  CHECK(rest[1].response.content == "two");
}

TEST_CASE("421 fails the message, gives the others back and goes on with the next host") {
  rig r;
  const auto a = r.add(), b = r.add();
  r.network.servers.push_back({greeting({{envelope, "421 4.3.2 closing\r\n"}})});
  r.network.servers.push_back(one_message());
  r.run();
  REQUIRE(r.work->done.size() == 2);
  CHECK(r.work->done[0].id == a->id.simple());
  CHECK(r.work->done[0].outcomes[0].type == mail::record_type::transient_failure);
  CHECK(r.work->given_back == std::vector<std::string>{b->id.simple()});
  CHECK(r.work->done[1].id == b->id.simple());
  CHECK(r.work->done[1].outcomes[0].type == mail::record_type::delivery);
  CHECK(r.work->done[1].trace.peer->name == "mx2.b.example");
}

TEST_CASE("reconnect strategies choose the next connection") {
  struct one {
    queue::reconnect_strategy strategy;
    std::vector<std::string> connections;
  };
  const std::vector<one> cases{
      {queue::reconnect_strategy::terminate_session, {"192.0.2.1:25"}},
      {queue::reconnect_strategy::reconnect_same_host, {"192.0.2.1:25", "192.0.2.1:25"}},
      {queue::reconnect_strategy::connect_next_host, {"192.0.2.1:25", "192.0.2.2:25"}}};
  for (const auto& c : cases) {
    rig r;
    r.work->path_config.reconnect_strategy = c.strategy;
    r.add();
    r.add();
    r.network.servers.push_back({greeting({{envelope, ""}})});
    r.network.servers.push_back(one_message());
    r.run();
    std::vector<std::string> connections;
    for (const auto& o : r.network.asked) connections.push_back(o.to.text());
    CHECK(connections == c.connections);
    REQUIRE_FALSE(r.work->done.empty());
    CHECK(r.work->done[0].outcomes[0].response.one_line() ==
          "400 KumoMTA internal: failed to send message: connection closed by peer while waiting for response to "
          "MAIL FROM:<s@a.example>");
    CHECK_FALSE(r.work->failed);
  }
}

TEST_CASE("a time-out names the peer, the limit and the command") {
  rig r;
  r.add();
  r.work->path_config.reconnect_strategy = queue::reconnect_strategy::terminate_session;
  r.work->path_config.mail_from_timeout = std::chrono::milliseconds(10);
  r.network.servers.push_back({greeting({{envelope, ""}, {"<silence>", ""}})});
  r.run();
  REQUIRE(r.work->done.size() == 1);
  CHECK(r.work->done[0].outcomes[0].response.content ==
        "KumoMTA internal: failed to send message to mx1.b.example 192.0.2.1: Timed Out waiting 10ms for response to "
        "MAIL FROM:<s@a.example>");
}

TEST_CASE("a connection that went stale costs its message nothing") {
  rig r;
  const auto a = r.add(), b = r.add();
  r.work->path_config.reconnect_strategy = queue::reconnect_strategy::reconnect_same_host;
  r.network.servers.push_back(
      {greeting({{envelope, envelope_ok}, {content + ".\r\nRSET\r\n" + envelope, "250 one\r\n421 enough\r\n"}})});
  r.network.servers.push_back(one_message());
  r.run();
  REQUIRE(r.work->done.size() == 2);
  CHECK(r.work->given_back == std::vector<std::string>{b->id.simple()});
  CHECK(r.work->done[1].outcomes[0].type == mail::record_type::delivery);
}

TEST_CASE("try_next_host_on_transport_error sends the same message again") {
  rig r;
  const auto a = r.add();
  r.work->path_config.try_next_host_on_transport_error = true;
  r.network.servers.push_back({greeting({{envelope, ""}})});
  r.network.servers.push_back(one_message());
  r.run();
  REQUIRE(r.work->done.size() == 1);
  CHECK(r.work->done[0].outcomes[0].type == mail::record_type::delivery);
  CHECK(r.work->given_back.size() == 1);
}

TEST_CASE("max_deliveries_per_connection ends the session") {
  rig r;
  r.add();
  r.add();
  r.work->path_config.max_deliveries_per_connection = 1;
  r.network.servers.push_back(one_message());
  r.run();
  CHECK(r.work->done.size() == 1);
  CHECK(r.work->waiting.size() == 1);
}
