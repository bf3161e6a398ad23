#include "deliver/connection_plan.hpp"

#include <algorithm>
#include <random>

#include "log/log.hpp"

namespace godwit::deliver {

using enum queue::insert_context;

namespace {

dns::ip_strategy strategy_of(queue::ip_lookup_strategy s) {
  switch (s) {
    case queue::ip_lookup_strategy::ipv4_and_ipv6: return dns::ip_strategy::ipv4_and_ipv6;
    case queue::ip_lookup_strategy::ipv4_only: return dns::ip_strategy::ipv4_only;
    case queue::ip_lookup_strategy::ipv6_only: return dns::ip_strategy::ipv6_only;
    case queue::ip_lookup_strategy::ipv6_then_ipv4: return dns::ip_strategy::ipv6_then_ipv4;
    case queue::ip_lookup_strategy::ipv4_then_ipv6: return dns::ip_strategy::ipv4_then_ipv6;
  }
  return dns::ip_strategy::ipv4_and_ipv6;
}

std::vector<plan_host> shuffled(std::vector<plan_host> level) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::shuffle(level.begin(), level.end(), random);
  return level;
}

connection_plan refuse(mail::record_type type, queue::insert_context why, int code, mail::enhanced_code enhanced,
                       std::string text) {
  connection_plan plan;
  plan.refusal = plan_refusal{type, {code, enhanced, std::move(text), {}}, why};
  return plan;
}

std::string list_text(const cidr_set& set) {
  std::string out;
  for (const auto& block : set.blocks()) {
    if (!out.empty()) out += ", ";
    out += block.text();
  }
  return out;
}

/// The source's port goes before the destination's, that before the path's.
std::uint16_t port_of(const plan_host& host, const queue::egress_path_config& path,
                      const queue::egress_source_config& source) {
  if (source.remote_port) return *source.remote_port;
  return host.port.value_or(path.smtp_port);
}

connection_plan filter(std::vector<candidate> all, const queue::egress_path_config& path) {
  if (all.empty()) {
    return refuse(mail::record_type::transient_failure, mx_resolved_to_zero_hosts, 451, {4, 4, 4}, "MX didn't resolve to any hosts");
  }
  for (const auto& c : all) {
    if (!path.prohibited_hosts.contains(c.to.address)) continue;
    return refuse(mail::record_type::bounce, mx_was_prohibited, 550, {5, 4, 4},
                  fmt::format("{} is on the list of prohibited_hosts {{{}}}", c.text(), list_text(path.prohibited_hosts)));
  }
  std::erase_if(all, [&](const candidate& c) { return path.skip_hosts.contains(c.to.address); });
  if (all.empty()) {
    return refuse(mail::record_type::transient_failure, mx_was_skipped, 451, {4, 4, 4},
                  "KumoMTA internal: MX consisted solely of hosts on the skip_hosts list");
  }
  return {std::move(all), std::nullopt};
}

}  // namespace

std::string candidate::text() const { return fmt::format("{}/{}", host, to.address.text()); }
std::string candidate::text_with_port() const { return fmt::format("{}:{}", text(), to.port); }

rt::task<connection_plan> make_connection_plan(dns::resolver& names, const site_plan& site,
                                               const queue::egress_path_config& path,
                                               const queue::egress_source_config& source) {
  if (site.is_null_mx) {
    co_return refuse(mail::record_type::bounce, failed_due_to_null_mx, 556, {5, 1, 10}, "Recipient address has a null MX");
  }
  std::vector<candidate> all;
  for (const auto& level : site.levels) {
    for (const auto& host : shuffled(level)) {
      const std::uint16_t port = port_of(host, path, source);
      if (host.address) {
        all.push_back({host.name, {*host.address, port}});
        continue;
      }
      const auto found = co_await names.lookup_addresses(host.name, strategy_of(path.ip_lookup_strategy));
      if (!found) {
        log::debug("deliver", "addresses of {}: {}", host.name, found.why().text);
        continue;
      }
      for (const auto& address : *found) all.push_back({host.name, {address, port}});
    }
  }
  co_return filter(std::move(all), path);
}

}  // namespace godwit::deliver
