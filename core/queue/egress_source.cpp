#include "queue/egress_source.hpp"

#include "base/cidr.hpp"
#include "config/codecs.hpp"
#include "net/key_source.hpp"

namespace godwit::config {

template <>
struct table_of<queue::egress_pool_config::entry> {
  static const options<queue::egress_pool_config::entry>& get() {
    using e = queue::egress_pool_config::entry;
    static const auto& table = (new options<e>("make_egress_pool.entries", "A member of a pool."))
                                   ->required("name", &e::name, "Name of the source.")
                                   .field("weight", &e::weight, "Its share; 0 leaves the source out.");
    return table;
  }
};

template <>
struct codec<queue::suspend_trigger> {
  static std::string type() { return "\"Immediate\" or {Threshold=throttle}"; }

  static void read(queue::suspend_trigger& out, const value& v, problems& p, const std::string& path) {
    const auto* text = v.as_string();
    const auto* members = v.as_object();
    const auto* threshold = members && members->size() == 1 ? members->find("Threshold") : nullptr;
    if (text && *text == "Immediate") {
      out.threshold.reset();
    } else if (threshold) {
      codec<std::optional<throttle_spec>>::read(out.threshold, *threshold, p, detail::join(path, "Threshold"));
    } else {
      detail::wrong_type(p, path, type(), v);
    }
  }

  static value render(const queue::suspend_trigger& v) {
    if (!v.threshold) return "Immediate";
    return object{{"Threshold", v.threshold->text()}};
  }
};

template <>
struct table_of<queue::suspend_rule> {
  static const options<queue::suspend_rule>& get() {
    using r = queue::suspend_rule;
    static const auto& table =
        (new options<r>("make_egress_source.suspend_when", "When a source that cannot send is left out, and for how long."))
            ->field("trigger", &r::trigger, "The first failure, or so many within a period.")
            .required("duration", &r::duration, "How long the source is left out.");
    return table;
  }
};

}  // namespace godwit::config

namespace godwit::queue {

namespace {

std::optional<std::string> check_addresses(const egress_source_config& s) {
  for (const auto* address : {&s.source_address, &s.ha_proxy_source_address, &s.socks5_proxy_source_address}) {
    if (*address && !ip_address::parse(**address)) return fmt::format("\"{}\" is not an IP address", **address);
  }
  return std::nullopt;
}

std::optional<std::string> check_proxies(const egress_source_config& s) {
  if (s.ha_proxy_server && !s.ha_proxy_source_address) return "ha_proxy_server needs ha_proxy_source_address";
  if (s.socks5_proxy_server && !s.socks5_proxy_source_address) {
    return "socks5_proxy_server needs socks5_proxy_source_address";
  }
  if (s.ha_proxy_server && s.socks5_proxy_server) return "ha_proxy_server and socks5_proxy_server exclude each other";
  return std::nullopt;
}

std::optional<std::string> check_password(const egress_source_config& s) {
  if (!s.socks5_proxy_password) return std::nullopt;
  const auto good = net::check_key_source(*s.socks5_proxy_password);
  if (good) return std::nullopt;
  return "socks5_proxy_password: " + good.why().text;
}

}  // namespace

const config::options<egress_source_config>& source_options() {
  using s = egress_source_config;
  static const auto& table =
      (new config::options<s>("make_egress_source", "An address that mail is sent from."))
          ->required("name", &s::name, "Name in records, metrics and ready queue names.")
          .field("source_address", &s::source_address, "Local address to bind; the kernel chooses when absent.")
          .field("ehlo_domain", &s::ehlo_domain, "EHLO name, unless the path sets one.")
          .field("remote_port", &s::remote_port, "Destination port; precedes every other setting.")
          .field("ha_proxy_server", &s::ha_proxy_server, "host:port of a PROXY protocol server.")
          .field("ha_proxy_source_address", &s::ha_proxy_source_address, "Address to ask that proxy for.")
          .field("socks5_proxy_server", &s::socks5_proxy_server, "host:port of a SOCKS5 server.")
          .field("socks5_proxy_source_address", &s::socks5_proxy_source_address, "Address it binds before connecting.")
          .field("socks5_proxy_username", &s::socks5_proxy_username, "User name for that server (RFC 1929).")
          .field("socks5_proxy_password", &s::socks5_proxy_password, "Its password; used when both are set.")
          .field("suspend_when_unplumbed", &s::suspend_when_unplumbed,
                 "Leaves the source out after this host turned out not to own source_address.")
          .field("suspend_when_proxy_unhealthy", &s::suspend_when_proxy_unhealthy,
                 "Leaves the source out after its proxy could not be used.")
          .field("ttl", &s::ttl, "How long the definition is cached.")
          .rule(check_addresses)
          .rule(check_proxies)
          .rule(check_password);
  return table;
}

const config::options<egress_pool_config>& pool_options() {
  using p = egress_pool_config;
  static const auto& table = (new config::options<p>("make_egress_pool", "A weighted set of sources."))
                                 ->required("name", &p::name, "Name that egress_pool of a queue refers to.")
                                 .required("entries", &p::entries, "Members with their weights.")
                                 .field("ttl", &p::ttl, "How long the definition is cached.");
  return table;
}

}  // namespace godwit::queue
