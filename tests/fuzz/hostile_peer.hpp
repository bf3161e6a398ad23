#pragma once
// The far end of a client's connection, which says what the input holds. Everything happens at once on one loop: time-outs
// never come, and a client that still runs after hang_up() never ends.

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>

#include "net/loopback_stream.hpp"
#include "rt/loop.hpp"
#include "target.hpp"

namespace godwit::fuzz {

class hostile_peer {
 public:
  /// `max_read`: bytes that one read of the client returns at most.
  explicit hostile_peer(std::size_t max_read = SIZE_MAX) {
    auto pair = net::make_loopback_pair(loop_.get_executor());
    pair.faults_a->max_read = max_read;
    client_end_ = std::move(pair.a);
    peer_ = std::move(pair.b);
    spawn([this] { return listen(); });
  }
  hostile_peer(const hostile_peer&) = delete;

  /// What the client talks through; it must be gone before the peer is.
  std::unique_ptr<net::stream> take_client_end() { return std::move(client_end_); }

  /// Runs a coroutine of the client as far as it comes.
  template <class Body>
  void spawn(Body body) {
    asio::co_spawn(loop_.io(), std::move(body), [](std::exception_ptr failed) {
      if (failed) std::rethrow_exception(failed);
    });
    settle();
  }

  void say(std::string_view bytes) {
    const std::string owned(bytes);
    spawn([this, owned] { return write(owned); });
  }
  void hang_up() {
    peer_->close();
    settle();
  }
  const std::string& heard() const { return heard_; }

 private:
  void settle() {
    loop_.io().restart();
    loop_.io().poll();
  }

  rt::task<> write(std::string bytes) { co_await peer_->write(bytes); }

  rt::task<> listen() {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto got = co_await peer_->read_some(buffer);
      if (!got.ok()) co_return;
      heard_.append(buffer.data(), got.bytes);
    }
  }

  rt::loop loop_{0};
  std::unique_ptr<net::stream> client_end_, peer_;
  std::string heard_;
};

}  // namespace godwit::fuzz
