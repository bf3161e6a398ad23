#include "smtp/listener_options.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace godwit;
using namespace godwit::smtp;

namespace {
result<listener_options> parse(std::string_view json) {
  return config::parse_options(listener_option_table(), *json::parse(json));
}
std::string problem(std::string_view json) {
  const auto parsed = parse(json);
  return parsed.ok() ? std::string() : parsed.why().text;
}
}  // namespace

TEST_CASE("defaults are the documented ones") {
  const auto o = *parse("{}");
  CHECK(o.listen.all == std::vector<std::string>{"127.0.0.1:2025"});
  CHECK(o.banner == "KumoMTA");
  CHECK(o.client_timeout == std::chrono::minutes(1));
  CHECK(o.data_processing_timeout == std::chrono::minutes(5));
  CHECK(o.data_buffer_size == 131072);
  CHECK(o.line_length_hard_limit == 998);
  CHECK(o.max_connections == 32768);
  CHECK(o.max_message_size == 20971520);
  CHECK(o.max_messages_per_connection == 10000);
  CHECK(o.max_recipients_per_message == 1024);
  CHECK(o.invalid_line_endings == line_endings::deny);
  CHECK(o.relay_hosts.contains(*ip_address::parse("127.0.0.1")));
  CHECK(o.relay_hosts.contains(*ip_address::parse("::1")));
  CHECK_FALSE(o.relay_hosts.contains(*ip_address::parse("127.0.0.2")));
  CHECK(o.trace_headers.header_name == "X-KumoRef");
  CHECK_FALSE(o.host().empty());
}

TEST_CASE("values of all kinds") {
  const auto o =
      *parse(R"({"listen": ["127.0.0.1:0", "[::1]:0"], "hostname": "mx.test", "invalid_line_endings": "Fix",
      "relay_hosts": ["10.0.0.0/8"], "trace_headers": {"header_name": "X-Ref", "include_meta_names": ["a"]},
      "client_timeout": "5m", "max_message_size": "1_000_000", "tls_certificate": {"key_data": "x"},
      "batch_handling": "BatchByDomain", "meta": {"a": 1}})");
  CHECK(o.listen.all.size() == 2);
  CHECK(o.host() == "mx.test");
  CHECK(o.invalid_line_endings == line_endings::fix);
  CHECK(o.trace_headers.header_name == "X-Ref");
  CHECK(o.trace_headers.received_header);
  CHECK(o.client_timeout == std::chrono::minutes(5));
  CHECK(o.max_message_size == 1000000);
}

TEST_CASE("mistakes are named") {
  CHECK(problem(R"({"lisen": "x"})").find("did you mean \"listen\"?") != std::string::npos);
  CHECK(problem(R"({"listen": "nowhere"})").find("listen") != std::string::npos);
  CHECK(problem(R"({"relay_hosts": ["10.0.0.1/8"]})").find("relay_hosts") != std::string::npos);
  CHECK(problem(R"({"tls_certificate": 5})").find("tls_certificate") != std::string::npos);
  CHECK(problem(R"({"banner": "a\r\nb"})").find("line ends") != std::string::npos);
  CHECK(problem(R"({"peer": {"10.0.0.0/8": {"listen": "127.0.0.1:1"}}})").find("belongs to the listener") !=
        std::string::npos);
  CHECK(problem(R"({"peer": {"10.0.0.0/8": {"baner": "x"}}})").find("peer.10.0.0.0/8.baner") !=
        std::string::npos);
  CHECK(problem(R"({"via": {"not an address": {}}})").find("via") != std::string::npos);
}

TEST_CASE("via and peer blocks go over the base, the longest prefix wins, meta is merged") {
  const auto base = std::make_shared<const listener_options>(*parse(R"({
      "banner": "base", "meta": {"a": 1, "b": 1},
      "via": {"192.0.2.1": {"banner": "via", "hostname": "via.test", "meta": {"b": 2}}},
      "peer": {"10.0.0.0/8": {"banner": "wide"}, "10.1.0.0/16": {"banner": "narrow", "meta": {"c": 3}}}})"));
  const auto at = [&](const char* local, const char* peer) {
    return options_for(base, *ip_address::parse(local), *ip_address::parse(peer));
  };
  CHECK(at("192.0.2.9", "203.0.113.1") == base);
  CHECK(at("192.0.2.9", "10.9.0.1")->banner == "wide");
  CHECK(at("192.0.2.9", "10.1.0.1")->banner == "narrow");
  const auto both = at("192.0.2.1", "10.1.0.1");
  CHECK(both->banner == "narrow");
  CHECK(both->host() == "via.test");
  CHECK(*both->meta.find("a")->as_integer() == 1);
  CHECK(*both->meta.find("b")->as_integer() == 2);
  CHECK(*both->meta.find("c")->as_integer() == 3);
}
