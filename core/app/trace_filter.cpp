#include "app/trace_filter.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace godwit::app {

namespace {

bool is_any(const std::vector<std::string>& wanted, const std::string& a, const std::string& b = {}) {
  return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const auto& w) { return iequals(w, a) || iequals(w, b); });
}

}  // namespace

result<trace_filter> trace_filter::from(const control::arguments& args) {
  trace_filter f;
  if (auto r = f.read_networks(args.texts("peer")); !r) return r.why();
  if (auto r = f.read_listeners(args.texts("listener")); !r) return r.why();
  f.domains_ = args.texts("domain");
  f.bindings_ = args.texts("binding");
  f.hosts_ = args.texts("host");
  if (auto r = f.settle_direction(args.text("direction")); !r) return r.why();
  return f;
}

trace_filter trace_filter::outbound(const std::string& binding, const std::string& domain) {
  trace_filter f;
  f.is_inbound_ = false;
  const auto is_given = [](const std::string& name) { return name != "*" && !iequals(name, "all"); };
  if (is_given(binding)) f.bindings_ = {binding};
  if (is_given(domain)) f.domains_ = {domain};
  return f;
}

result<void> trace_filter::read_networks(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    const auto network = cidr::parse(text);
    if (!network) return fail("--peer {}: not an address or network: {}", text, network.why().text);
    networks_.push_back(*network);
  }
  return {};
}

result<void> trace_filter::read_listeners(const std::vector<std::string>& texts) {
  for (const auto& text : texts) {
    if (const auto endpoint = ip_endpoint::parse(text)) {
      listeners_.push_back(*endpoint);
    } else if (const auto address = ip_address::parse(text)) {
      listeners_.push_back({*address, 0});
    } else {
      return fail("--listener {}: not ADDRESS or ADDRESS:PORT", text);
    }
  }
  return {};
}

result<void> trace_filter::settle_direction(const std::string& asked) {
  const bool needs_inbound = !listeners_.empty();
  const bool needs_outbound = !domains_.empty() || !bindings_.empty() || !hosts_.empty();
  if (needs_inbound && (needs_outbound || asked == "outbound")) {
    return fail("--listener is about inbound connections; --domain, --binding and --host are about outbound ones");
  }
  if (needs_outbound && asked == "inbound") return fail("--domain, --binding and --host are about outbound connections");
  if (needs_inbound || asked == "inbound") is_inbound_ = true;
  if (needs_outbound || asked == "outbound") is_inbound_ = false;
  return {};
}

bool trace_filter::is_outbound_wanted(const smtp::trace_subject& of) const {
  return is_any(domains_, of.routing_domain, of.recipient_domain) && is_any(bindings_, of.source) && is_any(hosts_, of.host);
}

bool trace_filter::operator()(const smtp::trace_subject& of) const {
  if (is_inbound_ && *is_inbound_ != of.is_inbound) return false;
  const auto is_from = [&of](const cidr& n) { return n.contains(of.peer.address); };
  if (!networks_.empty() && std::none_of(networks_.begin(), networks_.end(), is_from)) return false;
  const auto is_at = [&of](const ip_endpoint& l) { return l.address == of.local.address && (l.port == 0 || l.port == of.local.port); };
  if (!listeners_.empty() && std::none_of(listeners_.begin(), listeners_.end(), is_at)) return false;
  return of.is_inbound || is_outbound_wanted(of);
}

}  // namespace godwit::app
