#include "net/loopback_stream.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "net/buffer_cursor.hpp"

namespace godwit::net {

namespace {

constexpr auto never = rt::steady_clock::time_point::max();

/// One direction.
struct pipe {
  explicit pipe(rt::executor where) : changed(where) { changed.expires_at(never); }
  void wake() { changed.cancel(); }

  std::string bytes;
  bool closed = false;
  rt::timer changed;
};

class loopback_transport final : public transport {
 public:
  loopback_transport(rt::executor where, std::shared_ptr<pipe> in, std::shared_ptr<pipe> out,
                     std::shared_ptr<loopback_faults> faults, ip_endpoint local, ip_endpoint peer)
      : transport(where),
        in_(std::move(in)),
        out_(std::move(out)),
        faults_(std::move(faults)),
        stalled_(where),
        local_(local),
        peer_(peer) {
    stalled_.expires_at(never);
  }
  ~loopback_transport() override { close(); }

  rt::task<io_result> read_some(std::span<char> into) override {
    cancelled_ = false;
    for (;;) {
      if (is_overdue()) co_return io_result{0, asio::error::timed_out};
      if (cancelled_ || closed_) co_return io_result{0, explain(asio::error::operation_aborted)};
      if (faults_->fail_read_after && read_ >= *faults_->fail_read_after)
        co_return io_result{0, faults_->error};
      if (!in_->bytes.empty()) co_return io_result{take(into), {}};
      if (in_->closed) co_return io_result{0, asio::error::eof};
      co_await in_->changed.async_wait(rt::use_result);
    }
  }

  rt::task<std::error_code> write(std::span<const asio::const_buffer> pieces) override {
    cancelled_ = false;
    ++faults_->writes;
    while (faults_->stall_writes) {
      if (is_overdue()) co_return asio::error::timed_out;
      if (cancelled_ || closed_) co_return explain(asio::error::operation_aborted);
      co_await stalled_.async_wait(rt::use_result);
    }
    for (buffer_cursor rest(pieces); !rest.is_done(); rest.advance(rest.front().size())) {
      if (out_->closed || closed_) co_return make_error_code(std::errc::broken_pipe);
      if (!put(rest.front())) co_return faults_->error;
    }
    out_->wake();
    co_return std::error_code();
  }

  void send_now(std::span<const char> bytes) noexcept override {
    if (out_->closed || closed_ || faults_->stall_writes) return;
    put(bytes);
    out_->wake();
  }
  void cancel() noexcept override {
    cancelled_ = true;
    in_->wake();
    stalled_.cancel();
  }
  void shutdown_send() noexcept override {
    out_->closed = true;
    out_->wake();
  }
  void close() noexcept override {
    if (std::exchange(closed_, true)) return;
    shutdown_send();
    in_->closed = true;  // the other end's writes fail from now on
    cancel();
  }
  ip_endpoint local() const override { return local_; }
  ip_endpoint peer() const override { return peer_; }

 private:
  std::size_t take(std::span<char> into) {
    auto n = std::min({into.size(), in_->bytes.size(), std::max<std::size_t>(faults_->max_read, 1)});
    if (faults_->fail_read_after) n = std::min(n, *faults_->fail_read_after - read_);
    std::memcpy(into.data(), in_->bytes.data(), n);
    in_->bytes.erase(0, n);
    read_ += n;
    return n;
  }

  bool put(std::span<const char> piece) {
    auto n = piece.size();
    if (faults_->fail_write_after) n = std::min(n, *faults_->fail_write_after - faults_->bytes_written);
    out_->bytes.append(piece.data(), n);
    faults_->bytes_written += n;
    return n == piece.size();
  }

  std::shared_ptr<pipe> in_, out_;
  std::shared_ptr<loopback_faults> faults_;
  rt::timer stalled_;
  ip_endpoint local_, peer_;
  std::size_t read_ = 0;
  bool cancelled_ = false;
  bool closed_ = false;
};

}  // namespace

loopback_pair make_loopback_pair(rt::executor where, ip_endpoint address_a, ip_endpoint address_b) {
  auto to_a = std::make_shared<pipe>(where);
  auto to_b = std::make_shared<pipe>(where);
  loopback_pair pair;
  pair.faults_a = std::make_shared<loopback_faults>();
  pair.faults_b = std::make_shared<loopback_faults>();
  pair.a = std::make_unique<stream>(
      std::make_unique<loopback_transport>(where, to_a, to_b, pair.faults_a, address_a, address_b));
  pair.b = std::make_unique<stream>(
      std::make_unique<loopback_transport>(where, to_b, to_a, pair.faults_b, address_b, address_a));
  return pair;
}

}  // namespace godwit::net
