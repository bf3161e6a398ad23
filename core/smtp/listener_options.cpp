#include "smtp/listener_options.hpp"

#include "base/host_name.hpp"
#include "net/key_source.hpp"

namespace godwit::config {

template <>
struct enum_names<smtp::line_endings> {
  static constexpr std::array all{std::pair{std::string_view("Deny"), smtp::line_endings::deny},
                                  std::pair{std::string_view("Allow"), smtp::line_endings::allow},
                                  std::pair{std::string_view("Fix"), smtp::line_endings::fix}};
};

template <>
struct enum_names<smtp::batch_handling> {
  static constexpr std::array all{
      std::pair{std::string_view("BifurcateAlways"), smtp::batch_handling::bifurcate_always},
      std::pair{std::string_view("BatchByDomain"), smtp::batch_handling::batch_by_domain}};
};

template <>
struct table_of<smtp::trace_headers> {
  static const options<smtp::trace_headers>& get() { return smtp::trace_headers_table(); }
};

template <>
struct codec<smtp::listen_addresses> {
  static std::string type() { return "\"ip:port\" or array of them"; }
  static void read(smtp::listen_addresses& out, const value& v, problems& p, const std::string& path) {
    if (const auto* one = v.as_string()) {
      out.all = {*one};
    } else {
      codec<std::vector<std::string>>::read(out.all, v, p, path);
    }
    for (const auto& text : out.all) {
      if (auto parsed = ip_endpoint::parse(text); !parsed) p.push_back({path, parsed.why().text});
    }
  }
  static value render(const smtp::listen_addresses& v) {
    if (v.all.size() == 1) return v.all.front();
    return codec<std::vector<std::string>>::render(v.all);
  }
};

}  // namespace godwit::config

namespace godwit::smtp {

namespace {

std::optional<std::string> check_blocks(const char* name, const object& blocks) {
  for (const auto& [block, overrides] : blocks) {
    if (auto parsed = cidr::parse(block); !parsed) return fmt::format("{}: {}", name, parsed.why().text);
    for (const char* top : {"listen", "max_connections", "via", "peer"}) {
      if (overrides.find(top))
        return fmt::format("{}.{}.{} belongs to the listener itself", name, block, top);
    }
    config::problems found;
    overlay(listener_options(), overrides, found, fmt::format("{}.{}", name, block));
    if (!found.empty()) return config::describe(found);
  }
  return std::nullopt;
}

std::optional<std::string> check_keys(const listener_options& o) {
  const std::pair<const char*, const value*> keys[] = {{"tls_certificate", &o.tls_certificate},
                                                       {"tls_private_key", &o.tls_private_key},
                                                       {"tls_required_client_ca", &o.tls_required_client_ca}};
  for (const auto& [name, key] : keys) {
    if (key->is_null()) continue;
    if (auto good = net::check_key_source(*key); !good) return fmt::format("{}: {}", name, good.why().text);
  }
  return std::nullopt;
}

std::optional<std::string> check_bounds(const listener_options& o) {
  if (o.client_timeout <= duration::zero()) return "client_timeout must be more than zero";
  if (o.line_length_hard_limit < 128) return "line_length_hard_limit must be at least 128";
  if (o.data_buffer_size < 1024) return "data_buffer_size must be at least 1024";
  // A line break here would let the setting write further replies.
  const auto is_line = [](const std::string& s) { return s.find_first_of("\r\n") == std::string::npos; };
  if (!is_line(o.banner) || !is_line(o.host())) return "banner and hostname must not contain line ends";
  return std::nullopt;
}

/// The overrides of the block with the longest prefix that contains `address`.
const value* match(const object& blocks, const ip_address& address) {
  const value* best = nullptr;
  unsigned best_prefix = 0;
  for (const auto& [text, overrides] : blocks) {
    const auto block = cidr::parse(text);
    if (!block || !block->contains(address) || (best && block->prefix <= best_prefix)) continue;
    best = &overrides;
    best_prefix = block->prefix;
  }
  return best;
}

}  // namespace

listener_options::listener_options() {
  relay_hosts = cidr_set({*cidr::parse("127.0.0.1"), *cidr::parse("::1")});
}

const std::string& listener_options::host() const { return hostname ? *hostname : system_host_name(); }

net::tls_server_options listener_options::tls() const {
  return {host(), tls_certificate, tls_private_key, tls_required_client_ca};
}

const config::options<trace_headers>& trace_headers_table() {
  using t = trace_headers;
  static const auto& table =
      (new config::options<t>("trace_headers", "Header lines that tell how a message came in."))
          ->field("received_header", &t::received_header, "Adds Received.")
          .field("supplemental_header", &t::supplemental_header, "Adds the base64 supplemental header.")
          .field("header_name", &t::header_name, "Name of the supplemental header.")
          .field("include_meta_names", &t::include_meta_names,
                 "Metadata in the supplemental header's payload.");
  return table;
}

const config::options<listener_options>& listener_option_table() {
  using o = listener_options;
  static const auto& table =
      (new config::options<o>("start_esmtp_listener", "An ESMTP listener."))
          ->field("listen", &o::listen, "Addresses to bind; port 0 lets the system choose.")
          .field("hostname", &o::hostname, "Name in banner and replies; the system's host name when absent.")
          .field("banner", &o::banner, "Text of the greeting after the host name.")
          .field("client_timeout", &o::client_timeout, "Longest wait for the client; then 421 and the end.")
          .field("data_processing_timeout", &o::data_processing_timeout,
                 "Bound on the work after DATA; 451 4.4.5 and nothing is kept when it is exceeded.")
          .field("data_buffer_size", &o::data_buffer_size, "Most bytes read at once in DATA.")
          .field("line_length_hard_limit", &o::line_length_hard_limit, "Longest line, without its CRLF.")
          .field("max_connections", &o::max_connections, "Concurrent sessions; above it 421 4.3.2.")
          .field("max_message_size", &o::max_message_size, "Largest message; advertised by SIZE.")
          .field("max_messages_per_connection", &o::max_messages_per_connection,
                 "MAIL FROM commands of a session.")
          .field("max_recipients_per_message", &o::max_recipients_per_message,
                 "RCPT TO commands of a transaction.")
          .field("invalid_line_endings", &o::invalid_line_endings,
                 "Bare CR or LF in a message: refuse it, keep them, or make them CRLF. None of them ever "
                 "ends DATA.")
          .field("batch_handling", &o::batch_handling, "How the recipients of a transaction become messages.")
          .field("deferred_spool", &o::deferred_spool,
                 "Keep messages in memory until the first transient failure.")
          .field("deferred_queue", &o::deferred_queue,
                 "Accept first; the policy sees the message later, in smtp_server_message_deferred_inject. For trusted "
                 "clients only.")
          .field(
              "allow_xclient", &o::allow_xclient,
              "Accept XCLIENT. Set it in a peer block, so that only proxies you trust can claim an address.")
          .field("allow_auth_without_tls", &o::allow_auth_without_tls, "Accept AUTH in the clear.")
          .field("require_proxy_protocol", &o::require_proxy_protocol,
                 "Expect a PROXY v1 or v2 header before the greeting, drop connections without. In a peer "
                 "block it "
                 "holds for these clients only.")
          .field("relay_hosts", &o::relay_hosts, "Clients that may relay anywhere.")
          .field("tls_certificate", &o::tls_certificate,
                 "Certificate (PEM); self-signed for hostname when absent.")
          .field("tls_private_key", &o::tls_private_key, "Key of tls_certificate.")
          .field("tls_required_client_ca", &o::tls_required_client_ca,
                 "CA bundle that client certificates must pass.")
          .field("trace_headers", &o::trace_headers, "Received and supplemental header.")
          .field("meta", &o::meta, "Initial connection metadata.")
          .field("via", &o::via, "Options that differ by local address.")
          .field("peer", &o::peer, "Options that differ by client address.")
          .rule(check_bounds)
          .rule(check_keys)
          .rule([](const o& v) { return check_blocks("via", v.via); })
          .rule([](const o& v) { return check_blocks("peer", v.peer); });
  return table;
}

listener_options overlay(const listener_options& base, const value& overrides, config::problems& found,
                         const std::string& path) {
  auto merged = listener_option_table().parse(overrides, found, path, base);
  auto meta = base.meta;
  for (const auto& [key, member] : merged.meta) meta.set(key, member);
  merged.meta = std::move(meta);
  return merged;
}

listener_options_ref options_for(const listener_options_ref& base, const ip_address& local,
                                 const ip_address& peer) {
  const auto* by_via = match(base->via, local);
  const auto* by_peer = match(base->peer, peer);
  if (!by_via && !by_peer) return base;
  auto merged = std::make_shared<listener_options>(*base);
  // The rules over blocks ran when the listener was declared; they need not run per connection.
  merged->via = {};
  merged->peer = {};
  config::problems checked_before;
  for (const auto* overrides : {by_via, by_peer}) {
    if (overrides) *merged = overlay(*merged, *overrides, checked_before);
  }
  return merged;
}

}  // namespace godwit::smtp
