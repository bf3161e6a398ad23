#include "net/socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "net/buffer_cursor.hpp"

namespace godwit::net {

namespace {

class socket_transport final : public transport {
 public:
  explicit socket_transport(tcp_socket socket)
      : transport(socket.get_executor()), socket_(std::move(socket)) {
    std::error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    local_ = from_asio(socket_.local_endpoint(ignored));
    peer_ = from_asio(socket_.remote_endpoint(ignored));
  }
  ~socket_transport() override { close(); }

  rt::task<io_result> read_some(std::span<char> into) override {
    if (is_overdue()) co_return io_result{0, asio::error::timed_out};
    if (may_have_more_) {
      const auto got = receive_now(into);
      if (got.ec != asio::error::would_block) co_return got;
    }
    const auto [ec, bytes] =
        co_await socket_.async_read_some(asio::buffer(into.data(), into.size()), rt::use_result);
    immediate_reads_ = 0;
    may_have_more_ = bytes == into.size();
    co_return io_result{bytes, explain(ec)};
  }

  // Writes at once and waits only when the send buffer is full: asio's own asynchronous write would cost a
  // turn of the loop for what nearly always succeeds immediately.
  rt::task<std::error_code> write(std::span<const asio::const_buffer> pieces) override {
    buffer_cursor rest(pieces);
    while (!rest.is_done()) {
      if (is_overdue()) co_return asio::error::timed_out;
      const auto ec = send_some(rest);
      if (!ec) continue;
      if (ec != asio::error::would_block) co_return ec;
      const auto [wait_ec] = co_await socket_.async_wait(tcp_socket::wait_write, rt::use_result);
      if (wait_ec) co_return explain(wait_ec);
    }
    co_return std::error_code();
  }

  void send_now(std::span<const char> bytes) noexcept override {
    if (socket_.is_open()) (void)!::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void cancel() noexcept override {
    std::error_code ignored;
    socket_.cancel(ignored);
  }
  void shutdown_send() noexcept override {
    std::error_code ignored;
    socket_.shutdown(tcp_socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    std::error_code ignored;
    socket_.close(ignored);
  }
  ip_endpoint local() const override { return local_; }
  ip_endpoint peer() const override { return peer_; }

 private:
  /// Bulk data: what is there already is taken without a turn of the loop, a few times in a row so that one
  /// fast peer does not keep the others waiting.
  io_result receive_now(std::span<char> into) {
    constexpr unsigned most_in_a_row = 8;
    may_have_more_ = false;
    if (++immediate_reads_ > most_in_a_row) return {0, asio::error::would_block};
    const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (got < 0) return {0, {errno == EINTR ? EAGAIN : errno, asio::error::get_system_category()}};
    if (got == 0) return {0, asio::error::eof};
    may_have_more_ = static_cast<std::size_t>(got) == into.size();
    return {static_cast<std::size_t>(got), {}};
  }

  std::error_code send_some(buffer_cursor& rest) {
    std::array<iovec, 64> vectors;
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = rest.fill(vectors);
    for (;;) {
      const auto sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL);
      if (sent >= 0) {
        rest.advance(static_cast<std::size_t>(sent));
        return {};
      }
      if (errno != EINTR) return {errno, asio::error::get_system_category()};
    }
  }

  tcp_socket socket_;
  ip_endpoint local_, peer_;
  unsigned immediate_reads_ = 0;
  bool may_have_more_ = false;
};

}  // namespace

asio::ip::tcp::endpoint to_asio(const ip_endpoint& e) {
  if (e.address.is_v4()) {
    asio::ip::address_v4::bytes_type bytes;
    std::copy_n(e.address.bytes().begin(), bytes.size(), bytes.begin());
    return {asio::ip::address_v4(bytes), e.port};
  }
  asio::ip::address_v6::bytes_type bytes;
  std::copy_n(e.address.bytes().begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v6(bytes), e.port};
}

ip_endpoint from_asio(const asio::ip::tcp::endpoint& e) {
  if (e.address().is_v4()) return {ip_address::v4(e.address().to_v4().to_bytes()), e.port()};
  return {ip_address::v6(e.address().to_v6().to_bytes()), e.port()};
}

std::unique_ptr<stream> make_stream(tcp_socket socket) {
  return std::make_unique<stream>(std::make_unique<socket_transport>(std::move(socket)));
}

}  // namespace godwit::net
