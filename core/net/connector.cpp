#include "net/connector.hpp"

#include "net/deadline.hpp"
#include "net/descriptors.hpp"
#include "net/socket.hpp"

#include "metrics/registry.hpp"

#include <cerrno>

namespace godwit::net {

namespace {

// By number: asio's category does not map all of them to std::errc.
connect_failure classify_bind(const std::error_code& ec) {
  return ec.value() == EADDRINUSE ? connect_failure::no_ports : connect_failure::source_unavailable;
}

connect_failure classify_connect(const std::error_code& ec) {
  switch (ec.value()) {
    case ECONNREFUSED:
      return connect_failure::refused;
    case ETIMEDOUT:
      return connect_failure::timed_out;
    // After a successful bind, or without one, the kernel says so when no local port is left for this
    // destination.
    case EADDRNOTAVAIL:
      return connect_failure::no_ports;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return connect_failure::unreachable;
    default:
      return connect_failure::other;
  }
}

connect_result failed(const connect_options& o, connect_failure kind, const char* doing,
                      const std::error_code& ec) {
  connect_result r;
  r.failure = kind;
  r.why = o.source ? fmt::format("{} {} from {}: {}", doing, o.to.text(), o.source->text(), describe(ec))
                   : fmt::format("{} {}: {}", doing, o.to.text(), describe(ec));
  return r;
}

void count_bind_failure() {
  static const auto failures = metrics::get_counter("bind_failures", {});
  failures->add();
}

/// Too few descriptors left is as bad as none.
void open(tcp_socket& socket, const asio::ip::tcp::endpoint& to, std::error_code& ec) {
  socket.open(to.protocol(), ec);
  if (!ec && !may_keep(socket.native_handle(), descriptor_use::outgoing)) ec.assign(EMFILE, asio::error::get_system_category());
  if (ec.value() == EMFILE || ec.value() == ENFILE) note_shortage("deliveries are put off");
}

std::error_code bind_source(tcp_socket& socket, const connect_options& o) {
  std::error_code ec;
  // The port is chosen at connect(): with many destinations one source address then serves more than 64k
  // connections.
  const int yes = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  socket.bind(to_asio({*o.source, 0}), ec);
  return ec;
}

}  // namespace

rt::task<connect_result> connect(connect_options o) {
  const auto where = co_await asio::this_coro::executor;
  const auto to = to_asio(o.to);
  tcp_socket socket(where);
  std::error_code ec;
  open(socket, to, ec);
  if (ec) co_return failed(o, connect_failure::other, "open a socket for", ec);
  if (o.source) {
    ec = bind_source(socket, o);
    if (ec) {
      count_bind_failure();
      co_return failed(o, classify_bind(ec), "bind for", ec);
    }
  }
  deadline limit(where, [&socket] {
    std::error_code ignored;
    socket.cancel(ignored);
  });
  limit.set(rt::steady_clock::now() + o.timeout);
  const auto [outcome] = co_await socket.async_connect(to, rt::use_result);
  ec = limit.explain(outcome);
  if (ec) co_return failed(o, classify_connect(ec), "connect to", ec);
  connect_result r;
  r.connection = make_stream(std::move(socket));
  co_return r;
}

}  // namespace godwit::net
