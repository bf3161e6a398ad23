#include "deliver/egress_connection.hpp"

#include "deliver/socks5_client.hpp"
#include "metrics/registry.hpp"
#include "net/key_source.hpp"
#include "net/proxy_protocol.hpp"

namespace godwit::deliver {
namespace {

egress_connection failed(std::string why, failure_cause cause = failure_cause::other) {
  static const auto proxy_failures = metrics::get_counter("proxy_connection_failures", {});
  if (cause == failure_cause::proxy || cause == failure_cause::unplumbed_proxy_source) proxy_failures->add();
  egress_connection c;
  c.why = std::move(why);
  c.cause = cause;
  return c;
}

egress_connection wrong_family(const queue::egress_source_config& source, std::string_view option, const candidate& to) {
  return failed(fmt::format("Skipping {} because {} IP address family does not match the destination address family {}",
                            source.name, option, to.to.address.text()));
}

/// A proxy of the source: where it is and whom it shall appear as.
struct proxy_settings {
  std::string_view protocol;  ///< "haproxy" or "socks5"
  std::string_view option;    ///< of the address, for texts
  ip_endpoint server;
  ip_address source;
};

result<proxy_settings> proxy_of(std::string_view protocol, std::string_view option, const std::string& server,
                                const std::optional<std::string>& address) {
  const auto at = ip_endpoint::parse(server);
  if (!at) return at.why();
  const auto source = ip_address::parse(address.value_or(""));
  if (!source) return fail("{} is not an IP address: set it in the egress source", option);
  return proxy_settings{protocol, option, *at, *source};
}

rt::task<egress_connection> connect_direct(const connect_function& connect, const queue::egress_source_config& source,
                                           const candidate& to, std::chrono::nanoseconds limit) {
  net::connect_options options;
  options.to = to.to;
  options.timeout = limit;
  if (source.source_address) {
    options.source = ip_address::parse(*source.source_address);
    if (!options.source) co_return failed(fmt::format("source_address {} is no IP address", *source.source_address));
    if (options.source->is_v4() != to.to.address.is_v4()) co_return wrong_family(source, "source_address", to);
  }
  net::connect_result r = co_await connect(std::move(options));
  if (!r.connection) {
    const bool is_unplumbed = r.failure == net::connect_failure::source_unavailable;
    co_return failed(std::move(r.why), is_unplumbed ? failure_cause::unplumbed_source : failure_cause::other);
  }
  egress_connection c;
  c.source_address = object{{"address", r.connection->local().text()}};
  c.stream = std::move(r.connection);
  co_return c;
}

rt::task<egress_connection> greet_haproxy(std::unique_ptr<net::stream> stream, const proxy_settings& proxy,
                                          const candidate& to) {
  const ip_endpoint source{proxy.source, 0};
  const std::string header = net::write_proxy_header(source, to.to);
  const std::error_code ec = co_await stream->write(header);
  if (ec) co_return failed(fmt::format("PROXY header to {}: {}", proxy.server.text(), net::describe(ec)), failure_cause::proxy);
  egress_connection c;
  c.stream = std::move(stream);
  co_return c;
}

rt::task<egress_connection> greet_socks5(std::unique_ptr<net::stream> stream, const queue::egress_source_config& source,
                                         const proxy_settings& proxy, const candidate& to) {
  socks5_request request;
  request.source = proxy.source;
  request.destination = to.to;
  if (source.socks5_proxy_username && source.socks5_proxy_password) {
    auto password = net::load_key_source(*source.socks5_proxy_password);
    if (!password) co_return failed("socks5_proxy_password: " + password.why().text, failure_cause::proxy);
    request.user = *source.socks5_proxy_username;
    request.password = std::move(*password);
  }
  const auto wrong = co_await negotiate_socks5(*stream, request);
  if (wrong) {
    co_return failed(fmt::format("{} via {}", wrong->text, proxy.server.text()),
                     wrong->is_bind ? failure_cause::unplumbed_proxy_source : failure_cause::proxy);
  }
  egress_connection c;
  c.stream = std::move(stream);
  co_return c;
}

rt::task<egress_connection> connect_proxied(const connect_function& connect, const queue::egress_source_config& source,
                                            const proxy_settings& proxy, const candidate& to,
                                            std::chrono::nanoseconds limit) {
  if (proxy.source.is_v4() != to.to.address.is_v4()) co_return wrong_family(source, proxy.option, to);
  net::connect_options options;
  options.to = proxy.server;
  options.timeout = limit;
  if (source.source_address) options.source = ip_address::parse(*source.source_address);
  net::connect_result r = co_await connect(std::move(options));
  if (!r.connection) co_return failed(fmt::format("proxy: {}", r.why), failure_cause::proxy);
  r.connection->set_timeout(limit);
  egress_connection c;
  if (proxy.protocol == "haproxy") {
    c = co_await greet_haproxy(std::move(r.connection), proxy, to);
  } else {
    c = co_await greet_socks5(std::move(r.connection), source, proxy, to);
  }
  const ip_endpoint shown{proxy.source, 0};
  c.source_address = object{{"address", shown.text()},
                            {"server", proxy.server.text()},
                            {"protocol", std::string(proxy.protocol)}};
  co_return c;
}

}  // namespace

rt::task<egress_connection> connect_from(const connect_function& connect, const queue::egress_source_config& source,
                                         const candidate& to, std::chrono::nanoseconds limit) {
  if (!source.socks5_proxy_server && !source.ha_proxy_server) {
    co_return co_await connect_direct(connect, source, to, limit);
  }
  const auto proxy =
      source.ha_proxy_server
          ? proxy_of("haproxy", "ha_proxy_source_address", *source.ha_proxy_server, source.ha_proxy_source_address)
          : proxy_of("socks5", "socks5_proxy_source_address", *source.socks5_proxy_server,
                     source.socks5_proxy_source_address);
  if (!proxy) co_return failed(proxy.why().text, failure_cause::proxy);
  co_return co_await connect_proxied(connect, source, *proxy, to, limit);
}

}  // namespace godwit::deliver
