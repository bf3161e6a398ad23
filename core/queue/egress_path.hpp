#pragma once
// Traffic shaping of one source towards one site: kumo.make_egress_path (KumoMTA: Lua API). Declared in
// egress_path.cpp. Where manual and implementation of the reference differ, the comment says which value is used.

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "config/options.hpp"
#include "config/throttle_spec.hpp"
#include "queue/queue_config.hpp"

namespace godwit::queue {

enum class tls_mode { opportunistic, opportunistic_insecure, required, required_insecure, disabled };
enum class reconnect_strategy { terminate_session, reconnect_same_host, connect_next_host };
enum class wakeup_strategy { aggressive, relaxed };
enum class ip_lookup_strategy { ipv4_and_ipv6, ipv4_only, ipv6_only, ipv6_then_ipv4, ipv4_then_ipv6 };

struct egress_path_config {
  using seconds = std::chrono::seconds;

  config::limit_spec connection_limit{32, false};
  std::map<std::string, config::limit_spec> additional_connection_limits;
  std::optional<config::throttle_spec> max_message_rate;
  std::map<std::string, config::throttle_spec> additional_message_rate_throttles;
  std::optional<config::throttle_spec> source_selection_rate;
  std::map<std::string, config::throttle_spec> additional_source_selection_rates;
  std::optional<config::throttle_spec> max_connection_rate;
  std::uint64_t max_ready = 1024;
  std::uint64_t max_deliveries_per_connection = 1024;
  std::uint64_t max_recipients_per_batch = 100;
  std::uint64_t consecutive_connection_failures_before_delay = 100;
  bool suspended = false;
  bool aggressive_connection_opening = false;

  std::uint16_t smtp_port = 25;
  std::optional<std::string> ehlo_domain;
  tls_mode enable_tls = tls_mode::opportunistic;
  bool enable_mta_sts = true;
  bool enable_dane = false;
  bool enable_pipelining = true;
  bool enable_rset = true;
  bool use_lmtp = false;
  bool ignore_8bit_checks = false;
  bool allow_smtp_auth_plain_without_tls = false;
  bool allow_smtp_auth_plain_without_valid_certificate = false;
  std::optional<std::string> smtp_auth_plain_username;
  std::optional<value> smtp_auth_plain_password;  ///< KeySource
  std::optional<value> tls_certificate, tls_private_key;  ///< KeySource
  bool tls_prefer_openssl = false;
  std::optional<std::string> openssl_cipher_list, openssl_cipher_suites, openssl_options;
  std::vector<std::string> rustls_cipher_suites;
  bool opportunistic_tls_reconnect_on_failed_handshake = false;
  std::optional<duration> remember_broken_tls;
  bool try_next_host_on_transport_error = false;
  queue::reconnect_strategy reconnect_strategy = queue::reconnect_strategy::connect_next_host;
  queue::ip_lookup_strategy ip_lookup_strategy = queue::ip_lookup_strategy::ipv4_and_ipv6;
  cidr_set prohibited_hosts;  ///< default 127.0.0.0/8, 0.0.0.0, ::1, :: (set in egress_path.cpp)
  cidr_set skip_hosts;

  duration connect_timeout = seconds(60);
  duration banner_timeout = seconds(60);
  duration ehlo_timeout = seconds(300);
  duration starttls_timeout = seconds(5);
  duration auth_timeout = seconds(60);
  duration mail_from_timeout = seconds(300);
  duration rcpt_to_timeout = seconds(300);
  duration data_timeout = seconds(300);      ///< manual says 30 s
  duration data_dot_timeout = seconds(300);  ///< manual says 60 s
  duration rset_timeout = seconds(5);
  duration idle_timeout = seconds(5);        ///< manual says 60 s
  std::optional<duration> system_shutdown_timeout;
  std::optional<duration> dispatcher_progress_watchdog_timeout;

  wakeup_strategy dispatcher_wakeup_strategy = wakeup_strategy::aggressive;
  wakeup_strategy maintainer_wakeup_strategy = wakeup_strategy::aggressive;
  memory_policy low_memory_reduction_policy = memory_policy::shrink_data_and_meta;
  memory_policy no_memory_reduction_policy = memory_policy::shrink_data_and_meta;
  queue::refresh_strategy refresh_strategy = queue::refresh_strategy::ttl;
  duration refresh_interval = seconds(60);
  std::optional<std::string> provider_name;
  std::optional<std::string> readyq_pool_name;

  egress_path_config();
};

const config::options<egress_path_config>& path_options();

}  // namespace godwit::queue

template <>
struct godwit::config::table_of<godwit::queue::egress_path_config> {
  static const options<queue::egress_path_config>& get() { return queue::path_options(); }
};
