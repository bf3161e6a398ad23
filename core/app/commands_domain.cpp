// domain DOMAIN
#include "app/commands.hpp"
#include "app/domain_totals.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "deliver/connection_list.hpp"
#include "dns/resolver.hpp"
#include "queue/manager.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using kind = control::result_shape::kind;

/// Hosts by preference; the look-up goes through the resolver's cache.
value::array exchangers(const result<dns::mx_ref>& found) {
  value::array hosts;
  if (!found) return hosts;
  for (const auto& [preference, names] : (*found)->by_pref) {
    for (const auto& name : names) {
      hosts.emplace_back(object{{"preference", static_cast<std::int64_t>(preference)}, {"host", name}});
    }
  }
  return hosts;
}

value::array open_connections(const domain_total& t) {
  value::array all;
  for (const auto& one : deliver::list_connections()) {
    const auto is_ours = [&one](const auto& rq) { return rq->name() == one.ready_queue; };
    if (std::none_of(t.via.begin(), t.via.end(), is_ours)) continue;
    all.emplace_back(object{{"number", one.number}, {"host", one.host}, {"peer", one.to.text()}});
  }
  return all;
}

std::uint64_t failures_in_a_row(const domain_total& t) {
  std::uint64_t most = 0;
  for (const auto& rq : t.via) most = std::max(most, rq->failures());
  return most;
}

void show_lines(const value::array& hosts, const value::array& connections, control::output& out) {
  for (const auto& h : hosts) {
    out.text(fmt::format("MX {} {}", *h.find("preference")->as_integer(), *h.find("host")->as_string()));
  }
  for (const auto& c : connections) {
    out.text(fmt::format("Connection {} {} {}", *c.find("number")->as_integer(), *c.find("host")->as_string(),
                         *c.find("peer")->as_string()));
  }
}

rt::task<result<void>> show_domain(const command_services& s, invocation call) {
  const auto domain = call.args.text("domain");
  const auto is_asked = [&domain](const queue::scheduled_view& q) { return iequals(q.name.domain, domain); };
  auto totals = co_await total_by_domain(s.queues->administration(), is_asked);
  const auto t = totals.empty() ? domain_total{} : totals.begin()->second;
  const auto found = co_await s.names->lookup_mx(domain);
  auto hosts = exchangers(found);
  auto connections = open_connections(t);
  object record{{"domain", domain},
                {"pool", t.pool},
                {"site", found ? value((*found)->site_name) : value()},
                {"mx_error", found ? value() : value(found.why().text)},
                {"failures_in_a_row", failures_in_a_row(t)},
                {"active", t.active},
                {"delayed", t.delayed},
                {"deliveries", t.delivered},
                {"failures", t.failed},
                {"active_connections", t.connections()}};
  record.set("mx", hosts);
  record.set("connections", connections);
  call.out.record(std::move(record));
  show_lines(hosts, connections, call.out);
  co_return result<void>{};
}

}  // namespace

result<void> add_domain_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "domain",
     .summary = "A domain: mail exchangers, queues, outcomes, connections.",
     .parameters = {{"domain", control::word_type::domain}},
     .shape = {.what = kind::record,
               .columns = {{"domain", "Domain"}, {"pool", "Group"}, {"site", "Site"}, {"mx_error", "MX Error"},
                           {"failures_in_a_row", "Consecutive Failures"}, {"active", "Queue Active"},
                           {"delayed", "Queue Delayed"}, {"deliveries", "Deliveries"}, {"failures", "Failures"},
                           {"active_connections", "Active Connections"}}},
     .handler = [&s](invocation call) { return show_domain(s, call); },
     .help = "Connections that failed in a row are counted by ready queue, the highest is shown."},
  });
}

}  // namespace godwit::app
