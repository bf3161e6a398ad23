#include "http/listener_options.hpp"

#include "base/host_name.hpp"
#include "net/key_source.hpp"

namespace godwit::http {

namespace {

std::optional<std::string> check(const listener_options& o) {
  if (auto parsed = ip_endpoint::parse(o.listen); !parsed) return fmt::format("listen: {}", parsed.why().text);
  if (o.client_timeout <= duration::zero()) return "client_timeout must be more than zero";
  if (o.max_connections == 0) return "max_connections must be at least 1";
  if (o.tls_certificate.is_null() != o.tls_private_key.is_null())
    return "tls_certificate and tls_private_key belong together: give both or neither";
  const std::pair<const char*, const value*> keys[] = {{"tls_certificate", &o.tls_certificate},
                                                       {"tls_private_key", &o.tls_private_key}};
  for (const auto& [name, key] : keys) {
    if (key->is_null()) continue;
    if (auto good = net::check_key_source(*key); !good) return fmt::format("{}: {}", name, good.why().text);
  }
  return std::nullopt;
}

}  // namespace

listener_options::listener_options() {
  trusted_hosts = cidr_set({*cidr::parse("127.0.0.1"), *cidr::parse("::1")});
}

const std::string& listener_options::host() const { return hostname ? *hostname : system_host_name(); }

const config::options<listener_options>& listener_option_table() {
  using o = listener_options;
  static const auto& table =
      (new config::options<o>("start_http_listener", "An HTTP listener."))
          ->field("listen", &o::listen, "Address to bind; port 0 lets the system choose.")
          .field("hostname", &o::hostname, "Name in the generated certificate; the system's host name when absent.")
          .field("use_tls", &o::use_tls, "Serve https.")
          .field("tls_certificate", &o::tls_certificate, "Certificate (PEM); self-signed for hostname when absent.")
          .field("tls_private_key", &o::tls_private_key, "Key of tls_certificate.")
          .field("trusted_hosts", &o::trusted_hosts,
                 "Peers in the group kumomta:http-listener-trusted-ip, which may do everything.")
          .field("request_body_limit", &o::request_body_limit,
                 "Largest request body in bytes, after decompression; above it 413.")
          .field("client_timeout", &o::client_timeout,
                 "Longest wait for the handshake, for a whole request, or for the client to take a response.")
          .field("max_connections", &o::max_connections,
                 "Concurrent connections, shared out to the event loops; above it peers wait to be accepted.")
          .rule(check);
  return table;
}

}  // namespace godwit::http
