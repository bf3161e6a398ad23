#pragma once
// Egress sources and pools: kumo.make_egress_source, kumo.make_egress_pool. Declared in egress_source.cpp.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.hpp"
#include "config/options.hpp"
#include "config/throttle_spec.hpp"

namespace godwit::queue {

/// "Immediate", or so many failures within a period.
struct suspend_trigger {
  std::optional<config::throttle_spec> threshold;  ///< none: the first failure
};

struct suspend_rule {
  suspend_trigger trigger;
  godwit::duration duration{};
};

struct egress_source_config {
  std::string name;
  std::optional<std::string> source_address;
  std::optional<std::string> ehlo_domain;
  std::optional<std::uint16_t> remote_port;
  std::optional<std::string> ha_proxy_server, ha_proxy_source_address;
  std::optional<std::string> socks5_proxy_server, socks5_proxy_source_address;
  std::optional<std::string> socks5_proxy_username;
  std::optional<value> socks5_proxy_password;
  std::optional<suspend_rule> suspend_when_unplumbed, suspend_when_proxy_unhealthy;
  duration ttl = std::chrono::seconds(60);
};

struct egress_pool_config {
  struct entry {
    std::string name;
    std::uint32_t weight = 1;
    bool operator==(const entry&) const = default;
  };
  std::string name;
  std::vector<entry> entries;
  duration ttl = std::chrono::seconds(60);
};

const config::options<egress_source_config>& source_options();
const config::options<egress_pool_config>& pool_options();

}  // namespace godwit::queue

template <>
struct godwit::config::table_of<godwit::queue::egress_source_config> {
  static const options<queue::egress_source_config>& get() { return queue::source_options(); }
};
template <>
struct godwit::config::table_of<godwit::queue::egress_pool_config> {
  static const options<queue::egress_pool_config>& get() { return queue::pool_options(); }
};
