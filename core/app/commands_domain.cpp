// domain DOMAIN
#include <map>
#include <set>

#include "app/commands.hpp"
#include "app/domain_totals.hpp"
#include "base/text.hpp"
#include "control/arguments.hpp"
#include "control/output.hpp"
#include "deliver/connection_list.hpp"
#include "deliver/failed_hosts.hpp"
#include "dns/record.hpp"
#include "dns/resolver.hpp"
#include "queue/manager.hpp"

namespace godwit::app {

namespace {

using control::invocation;
using kind = control::result_shape::kind;
using std::chrono::nanoseconds;

constexpr std::size_t siblings_shown = 25;

/// What is shown below the record, which holds the same for JSON.
using lines = std::vector<std::string>;

// Mail exchangers

/// By host: seconds since the last attempt at one of its addresses, when that failed.
std::map<std::string, std::int64_t> failed_hosts() {
  std::map<std::string, std::int64_t> failed;
  for (const auto& one : deliver::list_failed_hosts()) {
    const auto ago = std::chrono::floor<std::chrono::seconds>(one.ago).count();
    const auto [at, is_new] = failed.try_emplace(one.host, ago);
    if (!is_new) at->second = std::min(at->second, ago);
  }
  return failed;
}

/// Hosts by preference; the look-up goes through the resolver's cache.
value::array exchangers(const result<dns::mx_ref>& found, lines& out) {
  value::array hosts;
  if (!found) return hosts;
  const auto failed = failed_hosts();
  const auto best = (*found)->by_pref.begin();
  for (auto level = best; level != (*found)->by_pref.end(); ++level) {
    for (const auto& name : level->second) {
      const bool is_next = level == best;
      const auto trouble = failed.find(name);
      const bool has_failed = trouble != failed.end();
      hosts.emplace_back(object{{"preference", static_cast<std::int64_t>(level->first)}, {"host", name}, {"next", is_next},
                                {"failed_seconds", has_failed ? value(trouble->second) : value()}});
      out.push_back(fmt::format("{} MX {} {}{}", is_next ? "=>" : "  ", level->first, name,
                                has_failed ? fmt::format(" * failed {}s ago", trouble->second) : ""));
    }
  }
  return hosts;
}

value time_to_live(const command_services& s, const std::string& domain) {
  const auto known = s.names->cached(domain, dns::type::mx);
  return known ? value(known->ttl.count()) : value();
}

// Connections

std::vector<deliver::connection_view> connections_of(const domain_total& t) {
  auto all = deliver::list_connections();
  std::erase_if(all, [&t](const auto& one) {
    return std::none_of(t.via.begin(), t.via.end(), [&one](const auto& rq) { return rq->name() == one.ready_queue; });
  });
  return all;
}

/// What the connections to an address took.
struct address_average {
  std::size_t connections = 0, ready = 0;
  std::uint64_t deliveries = 0;
  nanoseconds connect_time{}, delivery_time{};

  void add(const deliver::connection_view& c) {
    ++connections;
    if (c.connect_time.count() > 0) ++ready;
    deliveries += c.deliveries;
    connect_time += c.connect_time;
    delivery_time += c.delivery_time;
  }
  double connect_ms() const { return ready > 0 ? milliseconds(connect_time) / static_cast<double>(ready) : 0; }
  double delivery_ms() const { return deliveries > 0 ? milliseconds(delivery_time) / static_cast<double>(deliveries) : 0; }
};

value::array addresses(const std::vector<deliver::connection_view>& open, lines& out) {
  std::map<std::string, address_average> by_address;
  for (const auto& one : open) by_address[one.to.text()].add(one);
  value::array all;
  for (const auto& [address, a] : by_address) {
    all.emplace_back(object{{"address", address}, {"connections", a.connections}, {"connect_ms", a.connect_ms()},
                            {"deliveries", a.deliveries}, {"delivery_ms", a.delivery_ms()}});
    out.push_back(fmt::format("Address {} connections {} connect {:.2f}ms deliveries {} delivery {:.2f}ms", address, a.connections,
                         a.connect_ms(), a.deliveries, a.delivery_ms()));
  }
  return all;
}

value::array connections(const std::vector<deliver::connection_view>& open, lines& out) {
  value::array all;
  for (const auto& c : open) {
    const auto state = deliver::state_name(c.state);
    const auto age = std::chrono::floor<std::chrono::milliseconds>(c.age).count();
    all.emplace_back(object{{"number", c.number}, {"host", c.host}, {"peer", c.to.text()}, {"state", state}, {"ms", age}});
    out.push_back(fmt::format("Connection {} {} {} {} {}ms", c.number, c.host, c.to.text(), state, age));
  }
  return all;
}

// Siblings

/// Domains whose mail goes through the same ready queues: from the same source to the same site.
rt::task<std::set<std::string>> siblings_of(const command_services& s, const std::string& domain, const domain_total& t) {
  const auto is_sibling = [&](const queue::scheduled_view& q) {
    const auto is_shared = [&t](const auto& rq) { return std::find(t.via.begin(), t.via.end(), rq) != t.via.end(); };
    return !iequals(q.name.domain, domain) && std::any_of(q.via.begin(), q.via.end(), is_shared);
  };
  std::set<std::string> names;
  if (t.via.empty()) co_return names;
  const auto totals = co_await total_by_domain(s.queues->administration(), is_sibling);
  for (const auto& [name, unused] : totals) names.insert(name);
  co_return names;
}

value::array siblings(const std::set<std::string>& names, lines& out) {
  value::array some;
  for (const auto& name : names) {
    if (some.size() == siblings_shown) break;
    some.emplace_back(name);
    out.push_back("Sibling " + name);
  }
  return some;
}

std::uint64_t failures_in_a_row(const domain_total& t) {
  std::uint64_t most = 0;
  for (const auto& rq : t.via) most = std::max(most, rq->failures());
  return most;
}

rt::task<result<void>> show_domain(const command_services& s, invocation call) {
  const auto domain = call.args.text("domain");
  const auto is_asked = [&domain](const queue::scheduled_view& q) { return iequals(q.name.domain, domain); };
  auto totals = co_await total_by_domain(s.queues->administration(), is_asked);
  const auto t = totals.empty() ? domain_total{} : totals.begin()->second;
  const auto near = co_await siblings_of(s, domain, t);
  const auto found = co_await s.names->lookup_mx(domain);
  const auto open = connections_of(t);
  lines more;
  object record{{"domain", domain},
                {"pool", t.pool},
                {"site", found ? value((*found)->site_name) : value()},
                {"mx_error", found ? value() : value(found.why().text)},
                {"mx_ttl", time_to_live(s, domain)},
                {"sibling_domains", near.size()},
                {"failures_in_a_row", failures_in_a_row(t)},
                {"active", t.active},
                {"delayed", t.delayed},
                {"deliveries", t.delivered},
                {"failures", t.failed},
                {"active_connections", t.connections()}};
  record.set("mx", exchangers(found, more));
  record.set("addresses", addresses(open, more));
  record.set("siblings", siblings(near, more));
  record.set("connections", connections(open, more));
  call.out.record(std::move(record));
  for (auto& line : more) call.out.text(std::move(line));
  co_return result<void>{};
}

}  // namespace

result<void> add_domain_commands(command_services& s) {
  return add_commands(s.commands, {
    {.name = "domain",
     .summary = "A domain: mail exchangers, queues, outcomes, connections.",
     .parameters = {{"domain", control::word_type::domain}},
     .shape = {.what = kind::record,
               .columns = {{"domain", "Domain"}, {"pool", "Group"}, {"site", "Site"}, {"mx_error", "MX Error"}, {"mx_ttl", "MX TTL"},
                           {"sibling_domains", "Sibling Domains"}, {"failures_in_a_row", "Consecutive Failures"},
                           {"active", "Queue Active"}, {"delayed", "Queue Delayed"}, {"deliveries", "Deliveries"},
                           {"failures", "Failures"}, {"active_connections", "Active Connections"}}},
     .handler = [&s](invocation call) { return show_domain(s, call); },
     .help = "Connections that failed in a row are counted by ready queue, the highest is shown. => marks the exchangers that a new "
             "connection tries first, in any order; * those whose last connection failed, and since when. Averages are those of the "
             "connections that are open. Siblings go through the same ready queues: all are counted, 25 are named. The milliseconds "
             "of a connection are its age."},
  });
}

}  // namespace godwit::app
