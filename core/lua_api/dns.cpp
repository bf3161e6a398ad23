// kumo.dns: look-ups that suspend the script, and the resolver's settings.
#include <lua.hpp>

#include "dns/resolver.hpp"
#include "lua_api/declarations.hpp"
#include "lua_api/dns_settings.hpp"
#include "lua_api/startup.hpp"

template <>
struct godwit::lua::binding<godwit::dns::mx_ref> {
  static type_spec spec() { return type_spec::of(type_spec::kind::table); }
  static void push(lua_State* L, const dns::mx_ref& mx) {
    stack::push_table(L, 0, 8);
    stack::push_table(L, 0, mx->by_pref.size());
    for (const auto& [preference, hosts] : mx->by_pref) {
      binding<std::vector<std::string>>::push(L, hosts);
      lua_rawseti(L, -2, preference);
    }
    stack::set_member(L, "by_pref");
    binding<std::vector<std::string>>::push(L, mx->hosts);
    stack::set_member(L, "hosts");
    for (const auto& [name, text] :
         {std::pair("site_name", &mx->site_name), std::pair("domain_name", &mx->domain_name)}) {
      stack::push_string(L, *text);
      stack::set_member(L, name);
    }
    for (const auto& [name, flag] : {std::pair("is_domain_literal", mx->is_domain_literal),
                                     std::pair("is_mx", mx->is_mx), std::pair("is_secure", mx->is_secure)}) {
      stack::push_boolean(L, flag);
      stack::set_member(L, name);
    }
  }
};

namespace godwit::lua_api {

namespace {

using strings = std::vector<std::string>;
using text = std::string;
using resolver_name = std::optional<std::string>;

// Other resolvers than the default are not defined yet: naming one is an error rather than a surprise.
void check_default(const resolver_name& name) {
  if (name) throw std::runtime_error(fmt::format("resolver '{}' is not defined", *name));
}

dns::resolver& names(services& s) {
  if (!s.names) throw std::runtime_error("no resolver is configured");
  return *s.names;
}

dns::ip_strategy strategy_of(const std::optional<text>& name) {
  using strategy = dns::ip_strategy;
  if (!name || *name == "Ipv4AndIpv6" || *name == "Ipv6AndIpv4") return strategy::ipv4_and_ipv6;
  if (*name == "Ipv4Only") return strategy::ipv4_only;
  if (*name == "Ipv6Only") return strategy::ipv6_only;
  if (*name == "Ipv6ThenIpv4") return strategy::ipv6_then_ipv4;
  if (*name == "Ipv4ThenIpv6") return strategy::ipv4_then_ipv6;
  throw std::runtime_error(fmt::format("'{}' is no address strategy", *name));
}

void declare_lookups(lua::module& dns, services& s) {
  dns.function("lookup_mx", {"domain", "resolver"}, "Mail exchangers of a domain.",
               [&s](text domain, resolver_name r) -> rt::task<result<dns::mx_ref>> {
                 check_default(r);
                 co_return co_await names(s).lookup_mx(std::move(domain));
               });
  dns.function("lookup_addr", {"name", "resolver", "strategy"}, "Addresses of a host.",
               [&s](text name, resolver_name r, std::optional<text> strategy) -> rt::task<result<strings>> {
                 check_default(r);
                 auto found = co_await names(s).lookup_addresses(std::move(name), strategy_of(strategy));
                 if (!found) co_return found.why();
                 strings all;
                 for (const auto& a : *found) all.push_back(a.text());
                 co_return all;
               });
  dns.function("lookup_txt", {"domain", "resolver"}, "TXT records.",
               [&s](text domain, resolver_name r) -> rt::task<result<strings>> {
                 check_default(r);
                 co_return co_await names(s).lookup_txt(std::move(domain));
               });
  dns.function("lookup_ptr", {"ip", "resolver"}, "Names of an address.",
               [&s](text ip, resolver_name r) -> rt::task<result<strings>> {
                 check_default(r);
                 const auto address = ip_address::parse(ip);
                 if (!address) co_return fail("'{}' is no IP address", ip);
                 co_return co_await names(s).lookup_ptr(*address);
               });
}

template <class F>
void declare_setting(lua::module& dns, services& s, const char* name, const char* parameter,
                     const char* summary, F make) {
  dns.function(name, {parameter}, summary, [&s, name, make](value v) -> result<void> {
    auto& sink = starting(s, name);
    auto options = make(v);
    if (!options) return options.why();
    return sink.configure_resolver(std::move(*options));
  });
}

}  // namespace

void declare_dns(lua::module& dns, services& s) {
  declare_lookups(dns, s);
  declare_setting(dns, s, "configure_resolver", "params", "Sets the resolver; init only.", resolver_from);
  declare_setting(dns, s, "configure_unbound_resolver", "params", "Sets the resolver; init only.",
                  resolver_from);
  declare_setting(dns, s, "configure_test_resolver", "zones", "Answers from zone texts; for tests.",
                  test_resolver_from);
  dns.function("ptr_host", {"ip"}, "The reverse name of an address.", ptr_host);
  dns.function("reverse_ip", {"ip"}, "An address with its octets or nibbles reversed.", reverse_ip);
  for (const auto& [name, setting] : {std::pair("set_mx_concurrency_limit", "mx_concurrency_limit"),
                                      std::pair("set_mx_timeout", "mx_timeout"),
                                      std::pair("set_mx_negative_cache_ttl", "mx_negative_cache_ttl")}) {
    dns.function(name, {"value"}, "Setting of MX look-ups; init only.",
                 [&s, name, setting](value v) { return starting(s, name).configure(setting, std::move(v)); });
  }
}

}  // namespace godwit::lua_api
