#include "deliver/site_plan.hpp"

#include "dns/destination.hpp"

namespace godwit::deliver {
namespace {

plan_host host_of(const queue::protocol_config::mx_host& entry) {
  plan_host h{entry.name, std::nullopt, entry.port};
  std::string_view text = entry.name;
  if (entry.address) {
    h.address = ip_address::parse(*entry.address);
  } else if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    h.address = ip_address::parse(text.substr(1, text.size() - 2));
    h.name = text.substr(1, text.size() - 2);
  }
  return h;
}

queue::site make_site(std::string name, site_plan plan) {
  return {std::move(name), "smtp_client", std::make_shared<const site_plan>(std::move(plan))};
}

queue::site site_of_literal(const dns::destination& to) {
  site_plan plan;
  const std::string text = to.literal->text();
  plan.levels.push_back({plan_host{text, to.literal, to.port}});
  return make_site(to.with_port(text), std::move(plan));
}

}  // namespace

queue::site site_of_list(const std::vector<queue::protocol_config::mx_host>& hosts) {
  site_plan plan;
  std::string name = "mx_list:";
  for (const auto& entry : hosts) {
    if (!plan.levels.empty()) name += ',';
    name += entry.label();
    plan.levels.push_back({host_of(entry)});  // each a level of its own: the order is the operator's
  }
  return make_site(std::move(name), std::move(plan));
}

rt::task<result<queue::site>> site_of_domain(dns::resolver& names, std::string domain) {
  const auto to = dns::parse_destination(domain);
  if (!to) co_return to.why();
  if (to->literal) co_return site_of_literal(*to);
  const auto found = co_await names.lookup_mx(domain);
  if (!found) co_return found.why();
  const dns::mail_exchanger& mx = **found;
  site_plan plan;
  plan.domain = domain;
  plan.is_null_mx = mx.is_null_mx;
  for (const auto& [preference, hosts] : mx.by_pref) {
    auto& level = plan.levels.emplace_back();
    for (const auto& host : hosts) level.push_back({host, std::nullopt, to->port});
  }
  co_return make_site(mx.site_name, std::move(plan));
}

}  // namespace godwit::deliver
