#include "dns/resolver.hpp"

#include <doctest/doctest.h>

#include "dns/query_metrics.hpp"
#include "dns/record.hpp"
#include "metrics/registry.hpp"
#include "unit/dns/run.hpp"

using namespace godwit;
using namespace godwit::dns;
using test::run;

namespace {

constexpr auto zone_text = R"(
$ORIGIN example.test.
$TTL 300
@        SOA ns host 1 2 3 4 60
@        MX 20 mx-b
@        MX 10 MX-Z
@        MX 10 mx-a
mx-a     A 192.0.2.1
mx-a     A 192.0.2.2
mx-a     AAAA 2001:db8::1
mx-z     A 192.0.2.3
six      AAAA 2001:db8::6
null     MX 0 .
mixed    MX 0 .
mixed    MX 5 mx-a
plain    A 192.0.2.9
alias    CNAME plain
loop     CNAME loop
txt      TXT "v=spf1" " -all"
xn--bcher-kva MX 10 mx-a
)";

struct fixture {
  explicit fixture(std::vector<std::string> zones = {zone_text}) {
    resolver_options o;
    o.zones = std::move(zones);
    auto made = make_resolver(o);
    REQUIRE(made);
    names = std::move(*made);
  }
  result<mx_ref> mx(std::string domain) { return run(on, names->lookup_mx(std::move(domain))); }
  /// The cache knows afterwards, whatever the answer.
  void learn(std::string domain) { (void)mx(std::move(domain)); }
  std::vector<std::string> addresses(std::string host, ip_strategy s = ip_strategy::ipv4_and_ipv6) {
    auto got = run(on, names->lookup_addresses(std::move(host), s));
    std::vector<std::string> texts;
    if (!got) return {got.why().text};
    for (const auto& a : *got) texts.push_back(a.text());
    return texts;
  }

  rt::loop on{0};
  std::unique_ptr<resolver> names;
};

using texts = std::vector<std::string>;

std::vector<cached_name> all_cached(fixture& f) {
  std::vector<cached_name> all;
  const auto look = f.names->look_through_cache();
  while (look->next(all)) {
  }
  return all;
}

std::uint64_t count(const char* name) { return metrics::get_counter(name, "")->read(); }

}  // namespace

TEST_CASE("exchangers come by preference, then by name") {
  fixture f;
  const auto mx = *f.mx("Example.TEST");
  CHECK(mx->hosts == texts{"mx-a.example.test", "mx-z.example.test", "mx-b.example.test"});
  CHECK(mx->by_pref.at(10) == texts{"mx-a.example.test", "mx-z.example.test"});
  CHECK(mx->site_name == "(mx-a|mx-z|mx-b).example.test");
  CHECK(mx->domain_name == "example.test.");
  CHECK(mx->is_mx);
  CHECK_FALSE(mx->is_null_mx);
}

TEST_CASE("a domain without MX is its own exchanger") {
  fixture f;
  const auto mx = *f.mx("plain.example.test");
  CHECK(mx->hosts == texts{"plain.example.test"});
  CHECK(mx->site_name == "plain.example.test");
  CHECK_FALSE(mx->is_mx);
}

TEST_CASE("a null MX names no site, and only counts alone") {
  fixture f;
  const auto null = *f.mx("null.example.test");
  CHECK(null->is_null_mx);
  CHECK(null->hosts == texts{"."});
  CHECK(null->site_name.empty());
  const auto mixed = *f.mx("mixed.example.test");
  CHECK_FALSE(mixed->is_null_mx);
  CHECK(mixed->hosts == texts{"mx-a.example.test"});
}

TEST_CASE("literals, ports and internationalised domains") {
  fixture f;
  const auto literal = *f.mx("[192.0.2.77]");
  CHECK(literal->is_domain_literal);
  CHECK(literal->hosts == texts{"192.0.2.77"});
  CHECK(literal->site_name == "192.0.2.77");
  const auto port = *f.mx("plain.example.test:2025");
  CHECK(port->site_name == "plain:2025.example.test");
  CHECK(port->hosts == texts{"plain.example.test"});
  CHECK((*f.mx("example.test:2025"))->site_name == "(mx-a:2025|mx-z:2025|mx-b:2025).example.test");
  CHECK((*f.mx("Bücher.example.test"))->hosts == texts{"mx-a.example.test"});
}

TEST_CASE("a name that does not exist says so, in the zone and outside of it") {
  fixture f;
  for (const auto* domain : {"nowhere.example.test", "example.org"}) {
    const auto mx = f.mx(domain);
    REQUIRE_FALSE(mx);
    CHECK(says_no_such_name(mx.why()));
    CHECK(mx.why().text == fmt::format("MX look-up of {}: the name does not exist (NXDOMAIN)", domain));
  }
  const auto loop = f.mx("loop.example.test");
  REQUIRE_FALSE(loop);
  CHECK_FALSE(says_no_such_name(loop.why()));
}

TEST_CASE("addresses by strategy") {
  fixture f;
  CHECK(f.addresses("mx-a.example.test") == texts{"192.0.2.1", "192.0.2.2", "2001:db8::1"});
  CHECK(f.addresses("mx-a.example.test", ip_strategy::ipv4_only) == texts{"192.0.2.1", "192.0.2.2"});
  CHECK(f.addresses("mx-a.example.test", ip_strategy::ipv6_only) == texts{"2001:db8::1"});
  CHECK(f.addresses("mx-a.example.test", ip_strategy::ipv6_then_ipv4) == texts{"2001:db8::1"});
  CHECK(f.addresses("six.example.test", ip_strategy::ipv4_then_ipv6) == texts{"2001:db8::6"});
  CHECK(f.addresses("six.example.test", ip_strategy::ipv4_only).empty());
  CHECK(f.addresses("alias.example.test") == texts{"192.0.2.9"});
  CHECK(f.addresses("[2001:db8::5]") == texts{"2001:db8::5"});
  CHECK(f.addresses("192.0.2.5") == texts{"192.0.2.5"});
  CHECK(f.addresses("no.example.test") == texts{"A look-up of no.example.test: the name does not exist (NXDOMAIN)"});
}

TEST_CASE("texts, reverse names and raw records") {
  fixture f({zone_text, "$ORIGIN 2.0.192.in-addr.arpa.\n1 PTR Mail.example.test.\n"});
  CHECK(*run(f.on, f.names->lookup_txt("txt.example.test")) == texts{"v=spf1 -all"});
  CHECK((*run(f.on, f.names->lookup_txt("plain.example.test"))).empty());
  CHECK_FALSE(run(f.on, f.names->lookup_txt("no.example.test")));
  CHECK(*run(f.on, f.names->lookup_ptr(*ip_address::parse("192.0.2.1"))) == texts{"mail.example.test"});
  CHECK((*run(f.on, f.names->lookup_ptr(*ip_address::parse("192.0.2.2")))).empty());
  const auto raw = run(f.on, f.names->query("no.example.test", 1));
  REQUIRE(raw);
  CHECK_FALSE(raw->exists);
}

TEST_CASE("the second look-up is a cache hit, failures included") {
  fixture f;
  const auto hits = count("dns_mx_resolve_cache_hit"), misses = count("dns_mx_resolve_cache_miss");
  const auto failures = count("dns_mx_resolve_status_fail"), successes = count("dns_mx_resolve_status_ok");
  for (int i = 0; i < 2; ++i) {
    CHECK(f.mx("example.test"));
    CHECK_FALSE(f.mx("nowhere.example.test"));
  }
  CHECK(count("dns_mx_resolve_cache_hit") == hits + 2);
  CHECK(count("dns_mx_resolve_cache_miss") == misses + 2);
  CHECK(count("dns_mx_resolve_status_ok") == successes + 1);
  CHECK(count("dns_mx_resolve_status_fail") == failures + 1);
}

TEST_CASE("a zone that cannot be read, a bad name server and a missing file are errors") {
  resolver_options o;
  o.zones = {"nonsense"};
  CHECK_FALSE(make_resolver(o));
  resolver_options server;
  server.name_servers = {"ns.example.test"};
  CHECK(make_resolver(server).why().text == "name server \"ns.example.test\" is not \"ip\" or \"ip:port\"");
  resolver_options file;
  file.resolv_conf = "/nonexistent/resolv.conf";
  CHECK_FALSE(make_resolver(file));
  resolver_options anchor;
  anchor.name_servers = {"127.0.0.1"};
  anchor.validate = true;
  anchor.trust_anchor_file = "/nonexistent/key";
  CHECK(make_resolver(anchor).why().text == "cannot read trust_anchor_file /nonexistent/key");
}

TEST_CASE("options by name") {
  const auto parsed = config::parse_options(
      resolver_option_table(), object{{"name_servers", value::array{"127.0.0.1:5300"}}, {"mx_timeout", "2s"}, {"validate", true}});
  REQUIRE(parsed);
  CHECK(parsed->name_servers == texts{"127.0.0.1:5300"});
  CHECK(parsed->mx_timeout == std::chrono::seconds(2));
  CHECK_FALSE(config::parse_options(resolver_option_table(), object{{"mx_concurrency_limit", 0}}));
}

TEST_CASE("the cache can be looked at without asking anybody") {
  fixture f;
  CHECK(f.names->source() == "zones in memory");
  CHECK_FALSE(f.names->cached("example.test", type::mx));
  f.learn("example.test");
  f.learn("plain.example.test");
  f.learn("null.example.test");
  f.learn("nowhere.example.test");
  CHECK(run(f.on, f.names->lookup_txt("txt.example.test")));
  CHECK(run(f.on, f.names->query("no.example.test", type::a)));
  const auto mx = f.names->cached("Example.test", type::mx);
  REQUIRE(mx);
  CHECK(mx->records == texts{"10 mx-a.example.test.", "10 mx-z.example.test.", "20 mx-b.example.test."});
  CHECK((mx->ttl > std::chrono::seconds(290) && mx->ttl <= std::chrono::seconds(300)));
  CHECK(f.names->cached("plain.example.test", type::mx)->note == "plain.example.test. has no MX: it is its own exchanger");
  CHECK(f.names->cached("null.example.test", type::mx)->records == texts{"0 ."});
  CHECK(f.names->cached("nowhere.example.test", type::mx)->note.find("does not exist") != std::string::npos);
  CHECK(f.names->cached("txt.example.test", type::txt)->records == texts{R"("v=spf1" " -all")"});
  CHECK(f.names->cached("no.example.test", type::a)->note.find("does not exist") != std::string::npos);
  CHECK_FALSE(f.names->cached("txt.example.test", type::a));
}

TEST_CASE("what is cached is listed with those who hold it") {
  fixture f;
  CHECK(all_cached(f).empty());
  {
    const auto held = f.mx("example.test");
    f.learn("nowhere.example.test");
    f.addresses("mx-z.example.test", ip_strategy::ipv4_only);
    const auto all = all_cached(f);
    REQUIRE(all.size() == 3);
    CHECK((all[0].name == "nowhere.example.test" && all[0].type == type::mx && all[0].references == 1));
    CHECK((all[1].name == "example.test" && all[1].type == type::mx && all[1].references == 2));
    CHECK((all[2].name == "mx-z.example.test" && all[2].type == type::a && all[2].references == 1));
    CHECK((all[2].ttl > std::chrono::seconds(290) && all[2].ttl <= std::chrono::seconds(300)));
  }
  CHECK(all_cached(f)[1].references == 1);
}

TEST_CASE("queries and answers are counted by type") {
  fixture f;
  const query_metrics count_of;
  const auto mx = count_of.queries_of(query_kind::mx).read(), a = count_of.queries_of(query_kind::a).read();
  const auto responses = count_of.responses->read(), bad = count_of.bad->read();
  f.learn("example.test");
  f.learn("example.test");
  f.addresses("mx-a.example.test", ip_strategy::ipv4_only);
  f.addresses("loop.example.test", ip_strategy::ipv4_only);
  CHECK(count_of.queries_of(query_kind::mx).read() == mx + 1);
  CHECK(count_of.queries_of(query_kind::a).read() == a + 2);
  CHECK(count_of.responses->read() == responses + 3);
  CHECK(count_of.bad->read() == bad + 1);
  CHECK(count_of.pending->read() == 0);
  CHECK(slowest_response().count() > 0);
  forget_slowest_response();
  CHECK(slowest_response().count() == 0);
}

TEST_CASE("reverse look-ups are told apart") {
  CHECK(kind_of("1.2.0.192.in-addr.arpa", type::ptr) == query_kind::arpa_ipv4);
  CHECK(kind_of("8.b.d.0.1.0.0.2.ip6.arpa", type::ptr) == query_kind::arpa_ipv6);
  CHECK(kind_of("_smtp.example.test", type::ptr) == query_kind::ptr);
  CHECK(kind_of("example.test", type::tlsa) == query_kind::other);
}
