#include "deliver/connection_plan.hpp"

#include <doctest/doctest.h>

#include <set>

#include "unit/deliver/fake_resolver.hpp"
#include "unit/deliver/run_on_loop.hpp"

using namespace godwit;
using namespace godwit::deliver;
using namespace godwit::deliver::testing;

namespace {

struct planner {
  fake_resolver names;
  queue::egress_path_config path;
  queue::egress_source_config source;

  result<queue::site> site(const std::string& domain) {
    std::optional<result<queue::site>> out;
    run_on_loop([&]() -> rt::task<> { out = co_await site_of_domain(names, domain); });
    return *out;
  }
  connection_plan plan(const queue::site& s) {
    connection_plan out;
    run_on_loop([&]() -> rt::task<> {
      out = co_await make_connection_plan(names, *static_cast<const site_plan*>(s.plan.get()), path, source);
    });
    return out;
  }
  std::vector<std::string> addresses(const queue::site& s) {
    std::vector<std::string> out;
    for (const auto& c : plan(s).candidates) out.push_back(c.text_with_port());
    return out;
  }
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("hosts come by preference, shuffled within one, each with all its addresses") {
  planner p;
  p.names.add_mx("a.example", {{10, {"mx1.a.example", "mx2.a.example"}}, {20, {"mx3.a.example"}}});
  p.names.addresses = {{"mx1.a.example", {"192.0.2.1", "2001:db8::1"}}, {"mx2.a.example", {"192.0.2.2"}}, {"mx3.a.example", {"192.0.2.3"}}};
  const auto site = p.site("a.example");
  REQUIRE(site);
  CHECK(site->name == "(mx1|mx2|mx3).a.example");
  CHECK(site->protocol == "smtp_client");
  std::set<texts> seen;
  for (int i = 0; i < 64; ++i) {
    const auto found = p.addresses(*site);
    REQUIRE(found.size() == 4);
    CHECK(found[3] == "mx3.a.example/192.0.2.3:25");
    seen.insert(found);
  }
  CHECK(seen.size() == 2);
}

TEST_CASE("a host without an address is passed over, none at all is a transient failure") {
  planner p;
  p.names.add_mx("a.example", {{10, {"gone.a.example", "mx.a.example"}}});
  p.names.addresses = {{"mx.a.example", {"192.0.2.1"}}};
  CHECK(p.addresses(*p.site("a.example")) == texts{"mx.a.example/192.0.2.1:25"});
  p.names.addresses.clear();
  const auto plan = p.plan(*p.site("a.example"));
  REQUIRE(plan.refusal);
  CHECK(plan.refusal->type == mail::record_type::transient_failure);
  CHECK(plan.refusal->response.one_line() == "451 4.4.4 MX didn't resolve to any hosts");
  CHECK(plan.refusal->why == queue::insert_context::mx_resolved_to_zero_hosts);
}

TEST_CASE("one prohibited address bounces the queue") {
  planner p;
  p.names.add_mx("a.example", {{10, {"mx.a.example"}}});
  p.names.addresses = {{"mx.a.example", {"192.0.2.1", "127.0.0.1"}}};
  p.path.prohibited_hosts = *cidr_set::parse({"127.0.0.0/8", "::1"});
  const auto plan = p.plan(*p.site("a.example"));
  REQUIRE(plan.refusal);
  CHECK(plan.refusal->type == mail::record_type::bounce);
  CHECK(plan.refusal->response.one_line().starts_with(
      "550 5.4.4 mx.a.example/127.0.0.1 is on the list of prohibited_hosts {127.0.0.0/8, ::1"));
}

TEST_CASE("skipped hosts leave the plan, and an empty plan is a transient failure") {
  planner p;
  p.names.add_mx("a.example", {{10, {"mx.a.example"}}});
  p.names.addresses = {{"mx.a.example", {"192.0.2.1", "198.51.100.1"}}};
  p.path.skip_hosts = *cidr_set::parse({"192.0.2.0/24"});
  CHECK(p.addresses(*p.site("a.example")) == texts{"mx.a.example/198.51.100.1:25"});
  p.path.skip_hosts = *cidr_set::parse({"192.0.2.0/24", "198.51.100.1"});
  const auto plan = p.plan(*p.site("a.example"));
  REQUIRE(plan.refusal);
  CHECK(plan.refusal->response.one_line() ==
        "451 4.4.4 KumoMTA internal: MX consisted solely of hosts on the skip_hosts list");
}

TEST_CASE("a null MX bounces") {
  planner p;
  p.names.mx["a.example"].is_null_mx = true;
  const auto plan = p.plan(*p.site("a.example"));
  REQUIRE(plan.refusal);
  CHECK(plan.refusal->type == mail::record_type::bounce);
  CHECK(plan.refusal->response.one_line() == "556 5.1.10 Recipient address has a null MX");
  CHECK(plan.refusal->why == queue::insert_context::failed_due_to_null_mx);
}

TEST_CASE("the port is that of the source, the host, then the path") {
  planner p;
  p.names.add_mx("a.example:2025", {{10, {"mx.a.example"}}});
  p.names.addresses = {{"mx.a.example", {"192.0.2.1"}}};
  p.path.smtp_port = 587;
  const auto site = p.site("a.example:2025");
  CHECK(site->name == "mx:2025.a.example");
  CHECK(p.addresses(*site) == texts{"mx.a.example/192.0.2.1:2025"});
  p.source.remote_port = 26;
  CHECK(p.addresses(*site) == texts{"mx.a.example/192.0.2.1:26"});
}

TEST_CASE("address literals need no look-up") {
  planner p;
  CHECK(p.addresses(*p.site("[192.0.2.9]")) == texts{"192.0.2.9/192.0.2.9:25"});
  CHECK(p.site("[192.0.2.9]")->name == "192.0.2.9");
  CHECK(p.addresses(*p.site("[192.0.2.9]:2025")) == texts{"192.0.2.9/192.0.2.9:2025"});
}

TEST_CASE("mx_list keeps its order, ports and names") {
  planner p;
  p.names.addresses = {{"b.example", {"192.0.2.2"}}};
  queue::protocol_config::mx_host plain{"b.example", std::nullopt, std::uint16_t{26}};
  queue::protocol_config::mx_host literal{"[192.0.2.1]", std::nullopt, std::nullopt};
  queue::protocol_config::mx_host named{"inbound", "192.0.2.3", std::nullopt};
  const auto site = site_of_list({plain, literal, named});
  CHECK(site.name == "mx_list:b.example:26,[192.0.2.1],inbound");
  CHECK(p.addresses(site) == texts{"b.example/192.0.2.2:26", "192.0.2.1/192.0.2.1:25", "inbound/192.0.2.3:25"});
}

TEST_CASE("the path's ip_lookup_strategy reaches the resolver") {
  planner p;
  p.names.add_mx("a.example", {{10, {"mx.a.example"}}});
  p.path.ip_lookup_strategy = queue::ip_lookup_strategy::ipv6_then_ipv4;
  (void)p.plan(*p.site("a.example"));
  CHECK(p.names.asked == dns::ip_strategy::ipv6_then_ipv4);
}

TEST_CASE("a domain that does not resolve has no site") {
  planner p;
  CHECK_FALSE(p.site("a.example"));
  CHECK_FALSE(p.site(""));
}
