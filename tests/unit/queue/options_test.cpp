#include <doctest/doctest.h>

#include "queue/egress_path.hpp"
#include "queue/egress_source.hpp"
#include "queue/protocol_registry.hpp"
#include "queue/queue_config.hpp"

using namespace godwit;
using namespace godwit::queue;
using namespace std::chrono_literals;

namespace {

value list(std::initializer_list<value> items) { return value::array(items); }

result<queue_config> parse_protocol(value protocol) {
  return config::parse_options(queue_options(), object{{"protocol", std::move(protocol)}});
}

value smtp_hosts(std::initializer_list<value> hosts) { return object{{"smtp", object{{"mx_list", list(hosts)}}}}; }

}  // namespace

TEST_CASE("queue options have the documented defaults") {
  const auto q = config::parse_options(queue_options(), object{});
  REQUIRE(q);
  CHECK(q->egress_pool == "unspecified");
  CHECK(q->retry_interval == 20min);
  CHECK_FALSE(q->max_retry_interval);
  CHECK(q->max_age == 24h * 7);
  CHECK(q->reap_interval == 10min);
  CHECK(q->refresh_interval == 1min);
  CHECK(q->strategy == queue_strategy::singleton_timer_wheel);
  CHECK_FALSE(q->protocol.smtp);
}

TEST_CASE("queue options are read") {
  const auto q = config::parse_options(
      queue_options(),
      object{{"retry_interval", "5m"},
             {"max_retry_interval", 3600},
             {"max_message_rate", "100/h"},
             {"refresh_strategy", "Epoch"},
             {"strategy", "SkipList"},
             {"shrink_policy", list({object{{"interval", "1m"}, {"policy", "ShrinkData"}},
                                     object{{"interval", "1h"}, {"policy", "ShrinkDataAndMeta"}}})}});
  REQUIRE(q);
  CHECK(q->retry_interval == 5min);
  CHECK(q->max_retry_interval == 1h);
  CHECK(q->max_message_rate->limit == 100);
  CHECK(q->refresh_strategy == refresh_strategy::epoch);
  CHECK(q->strategy == queue_strategy::skip_list);
  REQUIRE(q->shrink_policy.size() == 2);
  CHECK(q->shrink_policy[0].policy == memory_policy::shrink_data);
}

TEST_CASE("an unknown key names the nearest one") {
  const auto q = config::parse_options(queue_options(), object{{"retry_intervall", "5m"}});
  REQUIRE_FALSE(q);
  CHECK(q.why().text.find("retry_interval") != std::string::npos);
}

TEST_CASE("mx_list takes hosts, ports, literals and tables") {
  const auto q = parse_protocol(smtp_hosts({"mx.example.com", "mx.example.com:2025", "[10.0.0.1]", "[::1]:26",
                                            object{{"name", "label"}, {"addr", "10.0.0.2"}},
                                            object{{"name", "ported"}, {"addr", "10.0.0.3:27"}}}));
  REQUIRE_MESSAGE(q, q.why().text);
  const auto& hosts = q->protocol.smtp->mx_list;
  REQUIRE(hosts.size() == 6);
  CHECK(hosts[0].label() == "mx.example.com");
  CHECK(hosts[1].label() == "mx.example.com:2025");
  CHECK(hosts[1].port == 2025);
  CHECK(hosts[2].name == "[10.0.0.1]");
  CHECK_FALSE(hosts[2].port);
  CHECK(hosts[3].name == "[::1]");
  CHECK(hosts[3].port == 26);
  CHECK(hosts[4].label() == "label");
  CHECK(hosts[4].address == "10.0.0.2");
  CHECK(hosts[5].label() == "ported");
  CHECK(hosts[5].port == 27);
  const auto again = config::parse_options(queue_options(), queue_options().render(*q));
  REQUIRE(again);
  CHECK(again->protocol.smtp->mx_list.size() == 6);
  CHECK(again->protocol.smtp->mx_list[5].port == 27);
}

TEST_CASE("broken mx_list entries are problems") {
  CHECK_FALSE(parse_protocol(smtp_hosts({""})));
  CHECK_FALSE(parse_protocol(smtp_hosts({"mx.example.com:0"})));
  CHECK_FALSE(parse_protocol(smtp_hosts({"mx.example.com:smtp"})));
  CHECK_FALSE(parse_protocol(smtp_hosts({"[10.0.0]"})));
  CHECK_FALSE(parse_protocol(smtp_hosts({object{{"name", "x"}, {"addr", "host.name"}}})));
  CHECK_FALSE(parse_protocol(smtp_hosts({object{{"name", "x"}}})));
}

TEST_CASE("a protocol table names one known protocol") {
  const auto lua = parse_protocol(object{{"custom_lua", object{{"constructor", "make.it"}, {"batch_size", 10}}}});
  REQUIRE(lua);
  CHECK(lua->protocol.custom_lua->constructor == "make.it");
  CHECK(lua->protocol.custom_lua->batch_size == 10);
  CHECK_FALSE(parse_protocol(object{{"custom_lua", object{}}}));
  CHECK_FALSE(parse_protocol(object{{"custom_lua", object{{"constructor", "a"}}}, {"smtp", object{}}}));
}

namespace {

/// A protocol of a module "post" with one option.
protocol_kind pigeon() {
  protocol_kind k{"pigeon", "post", {"pigeon_loft"}, {}, nullptr};
  k.check = [](const value& table, config::problems& out, const std::string& path) {
    if (!table.find("pigeon_loft")) out.push_back({config::detail::join(path, "pigeon_loft"), "is required"});
  };
  return k;
}

std::string why_not(const value& protocol) {
  const auto q = config::parse_options(queue_options(), object{{"protocol", protocol}});
  return q ? "" : q.why().text;
}

}  // namespace

TEST_CASE("a module's protocol is known once it is registered") {
  const value nested = object{{"pigeon", object{{"pigeon_loft", "roof"}}}};
  const value flat = object{{"pigeon_loft", "roof"}};
  CHECK(why_not(nested).find("unknown key \"pigeon\"") != std::string::npos);
  const auto also = [] { return result<void>(fail("the other name is taken")); };
  CHECK(replace_protocols("post", {pigeon()}, also).why().text == "the other name is taken");
  CHECK(find_protocol("pigeon") == nullptr);
  REQUIRE(replace_protocols("post", {pigeon()}).ok());
  for (const auto& given : {nested, flat}) {
    const auto q = parse_protocol(given);
    REQUIRE(q);
    REQUIRE(q->protocol.provided);
    CHECK(q->protocol.provided->name == "pigeon");
    CHECK(q->protocol.provided->settings == value(object{{"pigeon_loft", "roof"}}));
    CHECK(parse_protocol(*queue_options().render(*q).find("protocol")));
  }
  CHECK(why_not(object{{"pigeon", object{}}}).find("protocol.pigeon.pigeon_loft: is required") != std::string::npos);
  CHECK(why_not(object{{"pigeon_lift", "x"}}).find("did you mean \"pigeon_loft\"?") != std::string::npos);
  CHECK(why_not(object{{"pigeon_loft", "roof"}, {"smtp", object{}}}).find("more than one protocol") != std::string::npos);
  CHECK(why_not(object{{"maildir_path", "/x"}}).find("is provided by the module maildir: enable it") != std::string::npos);

  auto rival = pigeon();
  rival.owner = "other";
  CHECK_FALSE(replace_protocols("other", {rival}).ok());
  withdraw_protocols("post");
  CHECK(parse_protocol(nested));  // its queues wait for the module to come back
  CHECK(why_no_agent("pigeon").find("the module post is not loaded") != std::string::npos);
}

TEST_CASE("path options have the documented defaults") {
  const auto p = config::parse_options(path_options(), object{});
  REQUIRE(p);
  CHECK(p->connection_limit.limit == 32);
  CHECK(p->max_ready == 1024);
  CHECK(p->max_deliveries_per_connection == 1024);
  CHECK(p->consecutive_connection_failures_before_delay == 100);
  CHECK(p->enable_tls == tls_mode::opportunistic);
  CHECK(p->enable_mta_sts);
  CHECK(p->reconnect_strategy == reconnect_strategy::connect_next_host);
  for (const auto* local : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"}) {
    CHECK(p->prohibited_hosts.contains(*ip_address::parse(local)));
  }
  CHECK_FALSE(p->prohibited_hosts.contains(*ip_address::parse("10.0.0.1")));
}

TEST_CASE("path options are read") {
  const auto p = config::parse_options(path_options(), object{{"connection_limit", "local:1,000"},
                                                              {"enable_tls", "RequiredInsecure"},
                                                              {"idle_timeout", 10},
                                                              {"prohibited_hosts", list({})},
                                                              {"additional_connection_limits", object{{"shared", 5}}},
                                                              {"additional_message_rate_throttles", object{{"r", "10/s"}}}});
  REQUIRE_MESSAGE(p, p.why().text);
  CHECK(p->connection_limit.limit == 1000);
  CHECK(p->enable_tls == tls_mode::required_insecure);
  CHECK(p->idle_timeout == 10s);
  CHECK(p->prohibited_hosts.empty());
  CHECK(p->additional_connection_limits.at("shared").limit == 5);
  CHECK_FALSE(config::parse_options(path_options(), object{{"additional_connection_limits", object{{"kumomta.x", 5}}}}));
  CHECK_FALSE(config::parse_options(path_options(), object{{"enable_tls", "Sometimes"}}));
}

TEST_CASE("sources and pools") {
  const auto s = config::parse_options(source_options(), object{{"name", "ip-1"}, {"source_address", "10.0.0.1"}});
  REQUIRE(s);
  CHECK(s->ttl == 60s);
  CHECK_FALSE(config::parse_options(source_options(), object{}));
  CHECK_FALSE(config::parse_options(source_options(), object{{"name", "x"}, {"source_address", "nowhere"}}));
  CHECK_FALSE(config::parse_options(source_options(), object{{"name", "x"}, {"ha_proxy_server", "10.0.0.1:5000"}}));

  const auto p = config::parse_options(
      pool_options(), object{{"name", "pool"}, {"entries", list({object{{"name", "a"}}, object{{"name", "b"}, {"weight", 3}}})}});
  REQUIRE_MESSAGE(p, p.why().text);
  CHECK(p->entries[0].weight == 1);
  CHECK(p->entries[1].weight == 3);
}

TEST_CASE("keys that nothing here could read are refused where they are configured") {
  const value vault = object{{"vault_mount", "secret"}, {"vault_path", "x"}};
  const value event = object{{"event_name", "get_key"}};
  for (const std::string key : {"smtp_auth_plain_password", "tls_certificate", "tls_private_key"}) {
    const auto path = config::parse_options(path_options(), object{{key, vault}});
    REQUIRE_FALSE(path);
    CHECK(path.why().text.find(key + ": this server has no vault client; use a file name or key_data") != std::string::npos);
  }
  const auto source = config::parse_options(source_options(), object{{"name", "s"}, {"socks5_proxy_password", event}});
  REQUIRE_FALSE(source);
  CHECK(source.why().text.find("socks5_proxy_password: keys from events are not served") != std::string::npos);
}
