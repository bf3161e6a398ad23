#include "net/stream.hpp"

#include <algorithm>
#include <array>

#include <asio/error.hpp>

#include "net/buffer_cursor.hpp"
#include "net/tls_session.hpp"

namespace godwit::net {

namespace {
/// Ciphertext that is gathered before it is sent: bounds memory without splitting ordinary messages.
constexpr std::size_t tls_batch = 65536;
constexpr std::size_t tls_record = 16384;
}  // namespace

stream::stream(std::unique_ptr<transport> pipe) : pipe_(std::move(pipe)) {}
stream::~stream() { close(); }

// Not coroutines: in the clear the transport's own frame is the only one.
rt::task<io_result> stream::read_some(std::span<char> into) {
  return tls_ ? read_tls(into) : pipe_->read_some(into);
}

rt::task<std::error_code> stream::write(std::span<const asio::const_buffer> pieces) {
  return tls_ ? write_tls(pieces) : pipe_->write(pieces);
}

rt::task<std::error_code> stream::write(std::string_view bytes) {
  const std::array<asio::const_buffer, 1> piece{asio::buffer(bytes)};
  co_return co_await write(std::span<const asio::const_buffer>(piece));
}

rt::task<result<tls_info>> stream::start_tls_server(tls_context_ref context) {
  tls_ = std::make_unique<tls_session>(std::move(context), true, tls_peer{});
  return handshake();
}

rt::task<result<tls_info>> stream::start_tls_client(tls_context_ref context, tls_peer peer) {
  tls_ = std::make_unique<tls_session>(std::move(context), false, peer);
  return handshake();
}

rt::task<result<tls_info>> stream::handshake() {
  for (;;) {
    const auto step = tls_->handshake();
    // Also after a failure: the alert tells the peer why.
    auto ec = co_await flush_tls();
    if (step == tls_session::step::failed) co_return fail("TLS handshake: {}", tls_->why());
    if (!ec && step == tls_session::step::done) break;
    if (!ec) ec = co_await feed_tls();
    if (ec) co_return fail("TLS handshake: {}", describe(ec));
  }
  tls_info_ = tls_->info();
  co_return tls_info_;
}

rt::task<io_result> stream::read_tls(std::span<char> into) {
  for (;;) {
    std::size_t got = 0;
    const auto step = tls_->read(into, got);
    // A key update or an alert may have made something to send.
    if (const auto ec = co_await flush_tls()) co_return io_result{got, ec};
    if (step == tls_session::step::done) co_return io_result{got, {}};
    if (step == tls_session::step::closed) co_return io_result{0, asio::error::eof};
    if (step == tls_session::step::failed) {
      co_return io_result{0, make_error_code(std::errc::protocol_error)};
    }
    if (const auto ec = co_await feed_tls()) co_return io_result{0, ec};
  }
}

rt::task<std::error_code> stream::write_tls(std::span<const asio::const_buffer> pieces) {
  buffer_cursor rest(pieces);
  std::string record;  // small pieces share a record
  while (!rest.is_done()) {
    auto chunk = rest.front();
    const bool is_whole = chunk.size() >= tls_record;
    if (is_whole) {
      chunk = chunk.first(tls_record);
      rest.advance(tls_record);
    } else {
      record.clear();
      while (!rest.is_done() && record.size() < tls_record) {
        const auto part = rest.front().first(std::min(rest.front().size(), tls_record - record.size()));
        record.append(part.data(), part.size());
        rest.advance(part.size());
      }
      chunk = record;
    }
    if (tls_->write(chunk) != tls_session::step::done) co_return make_error_code(std::errc::protocol_error);
    if (rest.is_done() || tls_->output().size() >= tls_batch) {
      if (const auto ec = co_await flush_tls()) co_return ec;
    }
  }
  co_return std::error_code();
}

rt::task<std::error_code> stream::flush_tls() {
  const auto output = tls_->output();
  if (output.empty()) co_return std::error_code();
  const std::array<asio::const_buffer, 1> piece{asio::buffer(output.data(), output.size())};
  const auto ec = co_await pipe_->write(piece);
  tls_->output_sent();
  co_return ec;
}

rt::task<std::error_code> stream::feed_tls() {
  std::array<char, tls_record> wire;
  const auto got = co_await pipe_->read_some(wire);
  if (got.ok()) tls_->input(std::span(wire).first(got.bytes));
  co_return got.ec;
}

void stream::close() noexcept {
  if (tls_) {
    tls_->close_notify();
    if (const auto farewell = tls_->output(); !farewell.empty()) pipe_->send_now(farewell);
  }
  pipe_->close();
  tls_.reset();
}

rt::task<> stream::linger_close() {
  using namespace std::chrono_literals;
  constexpr std::size_t most = 65536;
  pipe_->set_deadline(rt::steady_clock::now() + 2s);
  if (tls_) {
    tls_->close_notify();
    co_await flush_tls();
  }
  pipe_->shutdown_send();
  std::array<char, 4096> discarded;
  for (std::size_t total = 0; total < most;) {
    const auto got = co_await pipe_->read_some(discarded);
    if (!got.ok()) break;
    total += got.bytes;
  }
  pipe_->close();
}

std::string describe(const std::error_code& ec) {
  if (ec == asio::error::eof) return "connection closed by peer";
  if (ec == asio::error::timed_out) return "timed out";
  if (ec == asio::error::operation_aborted) return "cancelled";
  return ec.message();
}

}  // namespace godwit::net
