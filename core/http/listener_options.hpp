#pragma once
// Settings of an HTTP listener: kumo.start_http_listener and [http.NAME] in TOML.

#include <chrono>
#include <optional>
#include <string>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "base/value.hpp"
#include "config/options.hpp"
#include "net/tls_context.hpp"

namespace godwit::http {

struct listener_options {
  std::string listen = "127.0.0.1:8000";
  std::optional<std::string> hostname;  ///< see host()
  bool use_tls = false;
  value tls_certificate, tls_private_key;  ///< KeySource
  cidr_set trusted_hosts;                  ///< default 127.0.0.1, ::1
  std::size_t request_body_limit = 2097152;
  duration client_timeout = std::chrono::minutes(1);
  std::size_t max_connections = 1024;

  listener_options();
  /// hostname, else the system's.
  const std::string& host() const;
  net::tls_server_options tls() const { return {host(), tls_certificate, tls_private_key, {}}; }
};

const config::options<listener_options>& listener_option_table();

}  // namespace godwit::http

template <>
struct godwit::config::table_of<godwit::http::listener_options> {
  static const options<godwit::http::listener_options>& get() { return godwit::http::listener_option_table(); }
};
