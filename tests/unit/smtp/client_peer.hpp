#pragma once
// A server that follows a script over the loopback stream: what it must hear, then what it says.

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <asio/co_spawn.hpp>

#include "mail/message.hpp"
#include "net/loopback_stream.hpp"
#include "rt/gate.hpp"
#include "smtp/client_session.hpp"

namespace godwit::smtp::testing {

struct step {
  std::string hear;  ///< exactly these bytes, in any number of reads
  std::string say;
};

/// One client session and its peer on a loop of their own.
class client_peer {
 public:
  explicit client_peer(client_options options = {}) : gate_(loop_, "test") {
    auto pair = net::make_loopback_pair(loop_.get_executor(), {}, {});
    faults = pair.faults_a;
    peer_faults = pair.faults_b;
    peer_ = std::move(pair.b);
    options.ehlo_name = "client.example";
    session = std::make_unique<client_session>(std::move(pair.a), std::move(options));
  }

  /// The session is public and so stands above the loop that its stream belongs to: it must go first.
  ~client_peer() { session.reset(); }

  /// Plays `script` while `body` runs; then closes the peer's end if `hang_up`.
  void run(std::vector<step> script, std::function<rt::task<>()> body, bool hang_up = true) {
    gate_.spawn("peer", [this, script = std::move(script), hang_up]() -> rt::task<> {
      for (const auto& s : script) {
        const bool is_heard = co_await hear(s.hear);
        if (!is_heard) break;
        if (!s.say.empty()) co_await peer_->write(s.say);
      }
      is_over = true;
      if (hang_up) peer_->close();
    });
    // Outside of the gate: it waits for the gate.
    asio::co_spawn(
        loop_.io(), [&]() { return drive(body); },
        [this](std::exception_ptr failed) {
          failed_ = failed;
          loop_.stop();
        });
    loop_.run();
    if (failed_) std::rethrow_exception(failed_);
  }

  std::unique_ptr<client_session> session;
  std::shared_ptr<net::loopback_faults> faults, peer_faults;
  std::string unexpected;  ///< what the peer heard instead
  bool is_over = false;

 private:
  rt::task<> drive(const std::function<rt::task<>()>& body) {
    co_await body();
    session->stream().close();
    const bool is_ended = co_await gate_.close(std::chrono::seconds(5));
    CHECK(is_ended);
  }

  rt::task<bool> hear(const std::string& wanted) {
    while (heard_.size() < wanted.size()) {
      std::array<char, 4096> buffer;
      const auto got = co_await peer_->read_some(buffer);
      if (!got.ok()) break;
      heard_.append(buffer.data(), got.bytes);
    }
    if (!heard_.starts_with(wanted)) {
      unexpected = "wanted " + wanted + " heard " + heard_;
      co_return false;
    }
    heard_.erase(0, wanted.size());
    co_return true;
  }

  rt::loop loop_{0};
  rt::gate gate_;
  std::unique_ptr<net::stream> peer_;
  std::string heard_;
  std::exception_ptr failed_;
};

inline mail::address address_of(std::string_view text) { return *mail::address::parse(text); }

inline std::shared_ptr<mail::message> message_to(std::vector<std::string> recipients, std::string body) {
  std::vector<mail::address> to;
  for (const auto& r : recipients) to.push_back(address_of(r));
  auto m = std::make_shared<mail::message>(uuid::make_v1(), address_of("s@a.example"), std::move(to));
  auto b = std::make_shared<mail::body>();
  b->needs_stuffing = body.starts_with('.') || body.find("\n.") != std::string::npos;
  for (const char c : body) b->is_8bit = b->is_8bit || static_cast<unsigned char>(c) > 127;
  b->bytes = std::move(body);
  m->content.base = std::move(b);
  return m;
}

}  // namespace godwit::smtp::testing
