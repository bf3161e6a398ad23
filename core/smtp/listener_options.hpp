#pragma once
// Settings of an ESMTP listener: kumo.start_esmtp_listener and [listener.NAME] in TOML. Declared in
// listener_options.cpp.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "base/value.hpp"
#include "config/options.hpp"
#include "mail/trace_header.hpp"
#include "net/tls_context.hpp"
#include "smtp/line_endings.hpp"

namespace godwit::smtp {

enum class batch_handling { bifurcate_always, batch_by_domain };

using trace_headers = mail::trace_options;

/// "127.0.0.1:2025", or several of them.
struct listen_addresses {
  std::vector<std::string> all{"127.0.0.1:2025"};
};

struct listener_options {
  listen_addresses listen;
  std::optional<std::string> hostname;  ///< see host()
  std::string banner = "KumoMTA";
  duration client_timeout = std::chrono::minutes(1);
  duration data_processing_timeout = std::chrono::minutes(5);
  std::size_t data_buffer_size = 131072;
  std::size_t line_length_hard_limit = 998;
  std::size_t max_connections = 32768;
  std::size_t max_message_size = 20971520;
  std::size_t max_messages_per_connection = 10000;
  std::size_t max_recipients_per_message = 1024;
  line_endings invalid_line_endings = line_endings::deny;
  smtp::batch_handling batch_handling = smtp::batch_handling::bifurcate_always;
  bool deferred_spool = false;
  bool deferred_queue = false;
  bool allow_xclient = false;
  bool allow_auth_without_tls = false;
  bool require_proxy_protocol = false;
  cidr_set relay_hosts;                                            ///< default 127.0.0.1, ::1
  value tls_certificate, tls_private_key, tls_required_client_ca;  ///< KeySource
  smtp::trace_headers trace_headers;
  object meta;       ///< copied into the connection's metadata
  object via, peer;  ///< CIDR block -> options that differ for that local or client address

  listener_options();
  /// hostname, else the system's.
  const std::string& host() const;
  net::tls_server_options tls() const;
};

using listener_options_ref = std::shared_ptr<const listener_options>;

const config::options<listener_options>& listener_option_table();
const config::options<trace_headers>& trace_headers_table();

/// `base` with the most specific matching `via` block over it and the most specific `peer` block over that;
/// `base` itself when none matches.
listener_options_ref options_for(const listener_options_ref& base, const ip_address& local,
                                 const ip_address& peer);
/// `base` with the members of `overrides` (a via or peer block, smtp_server_get_dynamic_parameters) over it;
/// the maps called meta are merged key by key.
listener_options overlay(const listener_options& base, const value& overrides, config::problems& found,
                         const std::string& path = "");

}  // namespace godwit::smtp

template <>
struct godwit::config::table_of<godwit::smtp::listener_options> {
  static const options<godwit::smtp::listener_options>& get() {
    return godwit::smtp::listener_option_table();
  }
};
