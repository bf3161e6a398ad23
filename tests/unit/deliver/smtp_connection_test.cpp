#include "deliver/smtp_connection.hpp"

#include <doctest/doctest.h>

#include "unit/deliver/fake_resolver.hpp"
#include "unit/deliver/run_on_loop.hpp"
#include "unit/deliver/scripted_network.hpp"

using namespace godwit;
using namespace godwit::deliver;
using namespace godwit::deliver::testing;

namespace {

const std::string ehlo = "EHLO us.example\r\n";
const std::string with_tls = "250-mx\r\n250 STARTTLS\r\n";
const std::string plain = "250 mx\r\n";

struct rig {
  rt::loop loop{0};
  fake_resolver names;
  scripted_network network{loop};
  connection_settings settings;
  std::unique_ptr<smtp_agent_state> shared;
  net::tls_context_ref server_tls;
  candidate to{"mx.b.example", {*ip_address::parse("192.0.2.1"), 25}};

  rig() {
    settings.site = "b.example";
    settings.ready_queue = "rig";
    settings.source.name = "source";
    smtp_agent_parts parts{names, "us.example"};
    parts.connect = network.function();
    shared = std::make_unique<smtp_agent_state>(std::move(parts));
    net::tls_server_options options;
    options.host_name = "mx.b.example";
    server_tls = *net::tls_context::make_server(options);
  }

  smtp_connection open() {
    smtp_connection out;
    run_to_end(loop, [&]() -> rt::task<> {
      out = co_await open_connection(*shared, settings, to);
      if (out.client) co_await out.client->quit();
      co_await network.close();
    });
    for (const auto& text : network.unexpected) FAIL_CHECK(text);
    return out;
  }

  void add_tls_server() {
    network.servers.push_back({{{"", "220 mx\r\n"},
                                {ehlo, with_tls},
                                {"STARTTLS\r\n", "220 go\r\n"},
                                {"<tls>", ""},
                                {ehlo, plain},
                                {"QUIT\r\n", "221 bye\r\n"}},
                               net::connect_failure::none,
                               server_tls});
  }
  void add_server(const std::string& offer, std::vector<step> then = {}) {
    server s{{{"", "220 mx\r\n"}, {ehlo, offer}}};
    s.steps.insert(s.steps.end(), then.begin(), then.end());
    network.servers.push_back(std::move(s));
  }
};

const step bye{"QUIT\r\n", "221 bye\r\n"};

}  // namespace

TEST_CASE("Disabled never encrypts, opportunistic modes do not insist") {
  for (const auto mode : {queue::tls_mode::disabled, queue::tls_mode::opportunistic, queue::tls_mode::opportunistic_insecure}) {
    rig r;
    r.settings.path.enable_tls = mode;
    r.add_server(mode == queue::tls_mode::disabled ? with_tls : plain, {bye});
    CHECK(r.open().client);
  }
}

TEST_CASE("Required fails a host that does not offer STARTTLS") {
  for (const auto& [mode, name] : {std::pair{queue::tls_mode::required, "Required"},
                                   std::pair{queue::tls_mode::required_insecure, "RequiredInsecure"}}) {
    rig r;
    r.settings.path.enable_tls = mode;
    r.add_server(plain);
    const auto c = r.open();
    CHECK_FALSE(c.client);
    CHECK(c.why == fmt::format("tls policy is {} but STARTTLS is not advertised by mx.b.example/192.0.2.1:25", name));
  }
}

TEST_CASE("insecure modes encrypt without verifying, and the record says so") {
  for (const auto mode : {queue::tls_mode::opportunistic_insecure, queue::tls_mode::required_insecure}) {
    rig r;
    r.settings.path.enable_tls = mode;
    r.add_tls_server();
    const auto c = r.open();
    REQUIRE(c.client);
    CHECK(c.trace.tls_protocol_version == "TLSv1.3");
    CHECK(c.trace.tls_cipher);
    CHECK_FALSE(c.trace.tls_peer_subject_name.empty());
  }
}

TEST_CASE("Opportunistic verifies and fails the host rather than sending in the clear") {
  rig r;
  r.settings.path.enable_tls = queue::tls_mode::opportunistic;
  r.add_tls_server();
  const auto c = r.open();
  CHECK_FALSE(c.client);
  CHECK(c.why.starts_with("TLS handshake with mx.b.example/192.0.2.1:25 failed: "));
  CHECK(r.network.asked.size() == 1);
  CHECK(c.cause == failure_cause::other);
}

TEST_CASE("a failed handshake reconnects in the clear when told so") {
  rig r;
  r.settings.path.enable_tls = queue::tls_mode::opportunistic;
  r.settings.path.opportunistic_tls_reconnect_on_failed_handshake = true;
  r.add_tls_server();
  r.add_server(with_tls, {bye});
  const auto c = r.open();
  CHECK(c.client);
  CHECK_FALSE(c.trace.tls_cipher);
  CHECK(r.network.asked.size() == 2);
}

TEST_CASE("broken TLS is remembered per site") {
  rig r;
  r.settings.path.enable_tls = queue::tls_mode::opportunistic;
  r.settings.path.remember_broken_tls = std::chrono::minutes(5);
  r.add_tls_server();
  CHECK_FALSE(r.open().client);
  CHECK(r.shared->broken_tls.contains("b.example"));

  rig again;
  again.settings.path = r.settings.path;
  again.shared->broken_tls.remember("b.example", std::chrono::minutes(5));
  again.add_server(with_tls, {bye});
  const auto c = again.open();
  CHECK(c.client);
  CHECK_FALSE(c.trace.tls_cipher);
}

TEST_CASE("a refused STARTTLS fails the host with its cause") {
  rig r;
  r.settings.path.enable_tls = queue::tls_mode::opportunistic_insecure;
  r.add_server(with_tls, {{"STARTTLS\r\n", "454 4.7.0 not now\r\n"}});
  const auto c = r.open();
  CHECK_FALSE(c.client);
  CHECK(c.cause == failure_cause::insecure_starttls);
  CHECK(c.why == "TLS handshake with mx.b.example/192.0.2.1:25 failed: STARTTLS was refused: 454 4.7.0 not now");
}

TEST_CASE("AUTH PLAIN needs TLS and a verified certificate unless allowed without") {
  const value password = object{{"key_data", "secret"}};
  {
    rig r;
    r.settings.path.smtp_auth_plain_username = "user";
    r.add_server(plain);
    const auto c = r.open();
    CHECK_FALSE(c.client);
    CHECK(c.why == "TLS is not enabled and AUTH PLAIN is required. Skipping (mx.b.example/192.0.2.1:25)");
  }
  {
    rig r;
    r.settings.path.enable_tls = queue::tls_mode::required_insecure;
    r.settings.path.smtp_auth_plain_username = "user";
    r.add_tls_server();
    CHECK(r.open().why ==
          "TLS peer certificate was not verified and AUTH PLAIN is required. Skipping (mx.b.example/192.0.2.1:25)");
  }
  for (const std::string answer : {"235 ok\r\n", "535 5.7.8 no\r\n"}) {
    rig r;
    r.settings.path.smtp_auth_plain_username = "user";
    r.settings.path.smtp_auth_plain_password = password;
    r.settings.path.allow_smtp_auth_plain_without_tls = true;
    std::vector<step> steps{{"AUTH PLAIN AHVzZXIAc2VjcmV0\r\n", answer}};
    if (answer[0] == '2') steps.push_back(bye);
    r.add_server("250-mx\r\n250 AUTH LOGIN PLAIN\r\n", steps);
    const auto c = r.open();
    CHECK((c.client != nullptr) == (answer[0] == '2'));
    if (!c.client) {
      CHECK(c.why == "authenticating as user via SMTP AUTH PLAIN to mx.b.example/192.0.2.1:25: "
                     "AUTH PLAIN was refused: 535 5.7.8 no");
    }
  }
}

TEST_CASE("credentials are not sent to a peer that does not ask for them") {
  for (const std::string offer : {"250 mx\r\n", "250-mx\r\n250 AUTH LOGIN CRAM-MD5\r\n"}) {
    rig r;
    r.settings.path.smtp_auth_plain_username = "user";
    r.settings.path.allow_smtp_auth_plain_without_tls = true;
    r.add_server(offer);
    const auto c = r.open();
    CHECK_FALSE(c.client);
    CHECK(c.why == "AUTH PLAIN is required but not advertised by mx.b.example/192.0.2.1:25. Skipping");
  }
}

TEST_CASE("the EHLO name is the path's, the source's, then the host's") {
  rig r;
  r.settings.source.ehlo_domain = "source.example";
  r.network.servers.push_back({{{"", "220 x\r\n"}, {"EHLO source.example\r\n", plain}, bye}});
  CHECK(r.open().client);
  rig p;
  p.settings.source.ehlo_domain = "source.example";
  p.settings.path.ehlo_domain = "path.example";
  p.settings.path.use_lmtp = true;
  p.network.servers.push_back({{{"", "220 x\r\n"}, {"LHLO path.example\r\n", plain}, bye}});
  const auto c = p.open();
  CHECK(c.client);
  CHECK(c.trace.delivery_protocol == "LMTP");
}

TEST_CASE("a HAProxy gets a version 2 header first") {
  rig r;
  r.settings.source.ha_proxy_server = "198.51.100.1:5000";
  r.settings.source.ha_proxy_source_address = "203.0.113.7";
  const std::string header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\x02\x01\0\0\0\x19", 28);
  r.network.servers.push_back({{{header, "220 mx\r\n"}, {ehlo, plain}, bye}});
  const auto c = r.open();
  REQUIRE(c.client);
  CHECK(r.network.asked[0].to.text() == "198.51.100.1:5000");
  CHECK(*c.trace.source_address->find("protocol")->as_string() == "haproxy");
  CHECK(*c.trace.source_address->find("server")->as_string() == "198.51.100.1:5000");
}

TEST_CASE("SOCKS5 binds the source address, then connects") {
  rig r;
  r.settings.source.socks5_proxy_server = "198.51.100.1:1080";
  r.settings.source.socks5_proxy_source_address = "203.0.113.7";
  const std::string ok("\5\0\0\1\0\0\0\0\0\0", 10);
  const std::string bind("\5\2\0\1\xcb\0\x71\x07\0\0", 10);
  const std::string connect("\5\1\0\1\xc0\0\x02\x01\0\x19", 10);
  const std::string hello("\5\1\0", 3), chosen("\5\0", 2);
  {
    rig good;
    good.settings.source = r.settings.source;
    good.network.servers.push_back({{{hello, chosen}, {bind, ok}, {connect, ok + "220 mx\r\n"}, {ehlo, plain}, bye}});
    const auto c = good.open();
    REQUIRE(c.client);
    CHECK(*c.trace.source_address->find("protocol")->as_string() == "socks5");
  }
  const std::string refused("\5\2\0\1\0\0\0\0\0\0", 10);
  r.network.servers.push_back({{{hello, chosen}, {bind, refused}}});
  const auto c = r.open();
  CHECK_FALSE(c.client);
  CHECK(c.cause == failure_cause::unplumbed_proxy_source);
  CHECK(c.why.find("SOCKS5 BIND of 203.0.113.7: connection not allowed by ruleset via 198.51.100.1:1080") != std::string::npos);
}

TEST_CASE("a proxy of the other address family is skipped") {
  rig r;
  r.settings.source.socks5_proxy_server = "198.51.100.1:1080";
  r.settings.source.socks5_proxy_source_address = "2001:db8::7";
  CHECK(r.open().why.find("Skipping source because socks5_proxy_source_address IP address family does not match the "
                          "destination address family 192.0.2.1") != std::string::npos);
}
