#include "lua_api/dns_settings.hpp"

#include <set>

#include "base/cidr.hpp"
#include "dns/record.hpp"

namespace godwit::lua_api {

namespace {

/// The table of kumo.dns.configure_resolver.
struct resolver_table {
  std::vector<value> name_servers;
  std::optional<std::string> domain;
  std::vector<std::string> search;
  object options;
};

const config::options<resolver_table>& resolver_table_options() {
  using r = resolver_table;
  static const auto& table =
      (new config::options<r>("configure_resolver", "How names are resolved."))
          ->field("name_servers", &r::name_servers, "\"ip[:port]\" or {socket_addr = \"ip:port\"}.")
          .field("domain", &r::domain, "Accepted; names of mail domains are complete.")
          .field("search", &r::search, "Accepted; names of mail domains are complete.")
          .field("options", &r::options, "Options of the resolver.");
  return table;
}

/// Options of the reference's resolver that have no meaning for this one.
const std::set<std::string, std::less<>> accepted{"attempts",
                                                  "case_randomization",
                                                  "edns0",
                                                  "ip_strategy",
                                                  "ndots",
                                                  "negative_max_ttl",
                                                  "negative_min_ttl",
                                                  "num_concurrent_reqs",
                                                  "positive_max_ttl",
                                                  "positive_min_ttl",
                                                  "preserve_intermediates",
                                                  "recursion_desired",
                                                  "server_ordering_strategy",
                                                  "try_tcp_on_error",
                                                  "use_hosts_file"};

result<value> render_options(const resolver_table& t) {
  object out;
  value::array servers;
  for (const auto& server : t.name_servers) {
    const value* address = server.is_string() ? &server : server.find("socket_addr");
    if (!address) return error{"configure_resolver: name_servers: socket_addr is required"};
    servers.push_back(*address);
  }
  out.set("name_servers", std::move(servers));
  for (const auto& [key, v] : t.options) {
    if (!accepted.contains(key)) out.set(key, v);
  }
  return value(std::move(out));
}

}  // namespace

result<dns::resolver_options> resolver_from(const value& table) {
  auto parsed = config::parse_options(resolver_table_options(), table);
  if (!parsed) return parsed.why();
  auto rendered = render_options(*parsed);
  if (!rendered) return rendered.why();
  auto options = config::parse_options(dns::resolver_option_table(), *rendered);
  if (!options) return fail("configure_resolver: {}", options.why().text);
  return options;
}

result<dns::resolver_options> test_resolver_from(const value& zones) {
  const value* list = zones.find("zones") ? zones.find("zones") : &zones;
  return config::parse_options(dns::resolver_option_table(), value(object{{"zones", *list}}));
}

result<std::string> reverse_ip(const std::string& ip) {
  const auto address = ip_address::parse(ip);
  if (!address) return fail("'{}' is no IP address", ip);
  return dns::reversed_labels(*address);
}

result<std::string> ptr_host(const std::string& ip) {
  const auto address = ip_address::parse(ip);
  if (!address) return fail("'{}' is no IP address", ip);
  return dns::reverse_name(*address);
}

}  // namespace godwit::lua_api
