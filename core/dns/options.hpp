#pragma once
// Resolver settings: [dns] in TOML, kumo.dns.configure_resolver, kumo.dns.configure_test_resolver.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "config/options.hpp"

namespace godwit::dns {

struct resolver_options {
  std::vector<std::string> name_servers;  ///< "ip[:port]"; empty: resolv_conf
  std::string resolv_conf = "/etc/resolv.conf";
  std::vector<std::string> zones;         ///< zone texts (master file format) that answer authoritatively: for tests
  bool validate = false;                  ///< DNSSEC
  std::optional<std::string> trust_anchor_file;
  std::size_t mx_concurrency_limit = 128;
  duration mx_timeout = std::chrono::seconds(5);
  duration mx_negative_cache_ttl = std::chrono::minutes(5);
  duration timeout = std::chrono::seconds(10);  ///< look-ups of anything but MX
  std::size_t cache_size = 65536;
};

const config::options<resolver_options>& resolver_option_table();

}  // namespace godwit::dns

template <>
struct godwit::config::table_of<godwit::dns::resolver_options> {
  static const options<godwit::dns::resolver_options>& get() { return godwit::dns::resolver_option_table(); }
};
