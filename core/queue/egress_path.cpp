#include "queue/egress_path.hpp"

#include "net/key_source.hpp"
#include "net/tls_names.hpp"
#include "queue/enum_names.hpp"

namespace godwit::config {

using sv = std::string_view;
using queue::ip_lookup_strategy, queue::reconnect_strategy, queue::tls_mode, queue::wakeup_strategy;

template <>
struct enum_names<tls_mode> {
  static constexpr std::array all{std::pair{sv("Opportunistic"), tls_mode::opportunistic},
                                  std::pair{sv("OpportunisticInsecure"), tls_mode::opportunistic_insecure},
                                  std::pair{sv("Required"), tls_mode::required},
                                  std::pair{sv("RequiredInsecure"), tls_mode::required_insecure},
                                  std::pair{sv("Disabled"), tls_mode::disabled}};
};
template <>
struct enum_names<reconnect_strategy> {
  static constexpr std::array all{std::pair{sv("TerminateSession"), reconnect_strategy::terminate_session},
                                  std::pair{sv("ReconnectSameHost"), reconnect_strategy::reconnect_same_host},
                                  std::pair{sv("ConnectNextHost"), reconnect_strategy::connect_next_host}};
};
template <>
struct enum_names<wakeup_strategy> {
  static constexpr std::array all{std::pair{sv("Aggressive"), wakeup_strategy::aggressive},
                                  std::pair{sv("Relaxed"), wakeup_strategy::relaxed}};
};
template <>
struct enum_names<ip_lookup_strategy> {
  static constexpr std::array all{std::pair{sv("Ipv4AndIpv6"), ip_lookup_strategy::ipv4_and_ipv6},
                                  std::pair{sv("Ipv4Only"), ip_lookup_strategy::ipv4_only},
                                  std::pair{sv("Ipv6Only"), ip_lookup_strategy::ipv6_only},
                                  std::pair{sv("Ipv6ThenIpv4"), ip_lookup_strategy::ipv6_then_ipv4},
                                  std::pair{sv("Ipv4ThenIpv6"), ip_lookup_strategy::ipv4_then_ipv6}};
};
}  // namespace godwit::config

namespace godwit::queue {

namespace {

using p = egress_path_config;
using table_type = config::options<p>;

template <class Map>
std::optional<std::string> reserved_name(const Map& names) {
  for (const auto& [name, unused] : names) {
    if (name.starts_with("kumomta.")) return fmt::format("\"{}\": names that start with kumomta. are reserved", name);
  }
  return std::nullopt;
}

std::optional<std::string> check_names(const p& path) {
  if (auto wrong = reserved_name(path.additional_connection_limits)) return wrong;
  if (auto wrong = reserved_name(path.additional_message_rate_throttles)) return wrong;
  return reserved_name(path.additional_source_selection_rates);
}

std::optional<std::string> check_keys(const p& path) {
  const std::pair<const char*, const std::optional<value>*> keys[] = {
      {"smtp_auth_plain_password", &path.smtp_auth_plain_password},
      {"tls_certificate", &path.tls_certificate},
      {"tls_private_key", &path.tls_private_key}};
  for (const auto& [name, key] : keys) {
    if (!*key) continue;
    if (const auto good = net::check_key_source(**key); !good) return fmt::format("{}: {}", name, good.why().text);
  }
  return std::nullopt;
}

/// A name that no connection could use is told where it is written, not when mail waits.
std::optional<std::string> check_tls_names(const p& path) {
  const auto flags = net::parse_tls_options(path.openssl_options.value_or(""));
  if (!flags) return fmt::format("openssl_options: {}", flags.why().text);
  const auto suites = net::map_suites(path.rustls_cipher_suites);
  if (!suites) return fmt::format("rustls_cipher_suites: {}", suites.why().text);
  return std::nullopt;
}

void add_limits(table_type& t) {
  t.field("connection_limit", &p::connection_limit, "Most connections at once.")
      .field("additional_connection_limits", &p::additional_connection_limits, "Named limits shared with other paths.")
      .field("max_message_rate", &p::max_message_rate, "Rate of messages on the path.")
      .field("additional_message_rate_throttles", &p::additional_message_rate_throttles,
             "Named message rates shared with other paths.")
      .field("source_selection_rate", &p::source_selection_rate, "How often round robin may choose this source.")
      .field("additional_source_selection_rates", &p::additional_source_selection_rates,
             "Named selection rates shared with other paths.")
      .field("max_connection_rate", &p::max_connection_rate, "Rate of new connections.")
      .field("max_ready", &p::max_ready, "Capacity of the ready queue.")
      .field("max_deliveries_per_connection", &p::max_deliveries_per_connection, "Messages tried on one connection.")
      .field("max_recipients_per_batch", &p::max_recipients_per_batch, "Most RCPT TO in one transaction.")
      .field("consecutive_connection_failures_before_delay", &p::consecutive_connection_failures_before_delay,
             "More failures in a row than this delay the whole ready queue.")
      .field("suspended", &p::suspended, "Holds the messages of the path back.")
      .field("aggressive_connection_opening", &p::aggressive_connection_opening,
             "Opens connections up to the limit whatever the queue's length.");
}

void add_protocol(table_type& t) {
  t.field("smtp_port", &p::smtp_port, "Destination port, unless mx_list or the source names one.")
      .field("ehlo_domain", &p::ehlo_domain, "EHLO name; precedes that of the source.")
      .field("enable_pipelining", &p::enable_pipelining, "Use PIPELINING where offered.")
      .field("enable_rset", &p::enable_rset, "RSET between the messages of a connection.")
      .field("use_lmtp", &p::use_lmtp, "Speak LMTP (RFC 2033).")
      .field("ignore_8bit_checks", &p::ignore_8bit_checks, "Send 8-bit content also where it is not offered.")
      .field("smtp_auth_plain_username", &p::smtp_auth_plain_username, "AUTH PLAIN must succeed before sending.")
      .field("smtp_auth_plain_password", &p::smtp_auth_plain_password, "Its password (key source).")
      .field("allow_smtp_auth_plain_without_tls", &p::allow_smtp_auth_plain_without_tls, "AUTH in clear text.")
      .field("allow_smtp_auth_plain_without_valid_certificate", &p::allow_smtp_auth_plain_without_valid_certificate,
             "AUTH over TLS whose certificate was not verified.")
      .field("reconnect_strategy", &p::reconnect_strategy, "What to do after a 421, time-out or transport error.")
      .field("try_next_host_on_transport_error", &p::try_next_host_on_transport_error,
             "A message goes to the next host at once after a transport error.")
      .field("ip_lookup_strategy", &p::ip_lookup_strategy, "How MX hosts become addresses.")
      .field("prohibited_hosts", &p::prohibited_hosts, "A destination among these fails the whole ready queue.")
      .field("skip_hosts", &p::skip_hosts, "Addresses left out of the plan.");
}

void add_tls(table_type& t) {
  t.field("enable_tls", &p::enable_tls, "When to use STARTTLS, and whether to verify.")
      .field("enable_mta_sts", &p::enable_mta_sts, "Accepted: MTA-STS policies are not evaluated, set enable_tls.")
      .field("enable_dane", &p::enable_dane, "An error when true: TLSA records are not evaluated, set enable_tls.")
      .field("tls_certificate", &p::tls_certificate, "Client certificate (key source).")
      .field("tls_private_key", &p::tls_private_key, "Its key (key source).")
      .field("tls_prefer_openssl", &p::tls_prefer_openssl, "Accepted: OpenSSL is always used.")
      .field("openssl_cipher_list", &p::openssl_cipher_list, "Ciphers below TLS 1.3.")
      .field("openssl_cipher_suites", &p::openssl_cipher_suites, "TLS 1.3 suites.")
      .field("openssl_options", &p::openssl_options, "OpenSSL flags, separated by a vertical bar.")
      .field("rustls_cipher_suites", &p::rustls_cipher_suites, "Restricts the suites by their TLS names.")
      .field("opportunistic_tls_reconnect_on_failed_handshake", &p::opportunistic_tls_reconnect_on_failed_handshake,
             "Reconnect in clear text after a failed handshake.")
      .field("remember_broken_tls", &p::remember_broken_tls, "How long a failed handshake is remembered for a site.");
}

void add_times(table_type& t) {
  t.field("connect_timeout", &p::connect_timeout, "Wait for the TCP connection.")
      .field("banner_timeout", &p::banner_timeout, "Wait for the greeting.")
      .field("ehlo_timeout", &p::ehlo_timeout, "Wait for the reply to EHLO.")
      .field("starttls_timeout", &p::starttls_timeout, "Wait for the reply to STARTTLS.")
      .field("auth_timeout", &p::auth_timeout, "Wait for the reply to AUTH.")
      .field("mail_from_timeout", &p::mail_from_timeout, "Wait for the reply to MAIL FROM.")
      .field("rcpt_to_timeout", &p::rcpt_to_timeout, "Wait for each reply to RCPT TO.")
      .field("data_timeout", &p::data_timeout, "Wait for the reply to DATA.")
      .field("data_dot_timeout", &p::data_dot_timeout, "Wait for the reply to the final dot.")
      .field("rset_timeout", &p::rset_timeout, "Wait for the reply to RSET.")
      .field("idle_timeout", &p::idle_timeout, "How long a connection waits for another message or a throttle.")
      .field("system_shutdown_timeout", &p::system_shutdown_timeout,
             "How long deliveries may take to finish at shutdown; the sum of the transaction's time-outs when absent.")
      .field("dispatcher_progress_watchdog_timeout", &p::dispatcher_progress_watchdog_timeout,
             "A session that gets nowhere for so long is ended; absent: twice the longest time-out, at least 60s.");
}

void add_upkeep(table_type& t) {
  t.field("dispatcher_wakeup_strategy", &p::dispatcher_wakeup_strategy, "How many idle sessions an insert wakes.")
      .field("maintainer_wakeup_strategy", &p::maintainer_wakeup_strategy, "Accepted: an insert opens connections exactly when more are wanted.")
      .field("low_memory_reduction_policy", &p::low_memory_reduction_policy, "What a message releases that becomes ready above the low threshold.")
      .field("no_memory_reduction_policy", &p::no_memory_reduction_policy, "The same above the soft limit, and for everything that is ready already.")
      .field("refresh_strategy", &p::refresh_strategy, "When get_egress_path_config is asked again.")
      .field("refresh_interval", &p::refresh_interval, "How long an answer is valid under Ttl.")
      .field("provider_name", &p::provider_name, "Provider named in log records and metrics.")
      .field("readyq_pool_name", &p::readyq_pool_name, "Accepted: sessions run on the event loops.")
      .rule(check_names)
      .rule(check_keys)
      .rule(check_tls_names)
      .rule([](const p& path) -> std::optional<std::string> {
        // Silence would leave mail less protected than its operator believes.
        if (path.enable_dane) return "enable_dane: this version does not evaluate TLSA records; set enable_tls = \"Required\"";
        return std::nullopt;
      });
}

}  // namespace

egress_path_config::egress_path_config() {
  static const auto local = cidr_set::parse({"127.0.0.0/8", "0.0.0.0", "::1", "::"});
  prohibited_hosts = *local;
}

const config::options<egress_path_config>& path_options() {
  static const auto& table = [&]() -> const table_type& {
    auto& t = *new table_type("make_egress_path", "Traffic shaping of one source towards one site.");
    add_limits(t);
    add_protocol(t);
    add_tls(t);
    add_times(t);
    add_upkeep(t);
    return t;
  }();
  return table;
}

}  // namespace godwit::queue
