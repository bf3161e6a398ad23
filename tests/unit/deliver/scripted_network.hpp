#pragma once
// Servers that follow scripts, reached through the connect function of the agent: the n-th connection meets the n-th
// script.

#include <doctest/doctest.h>

#include <array>
#include <deque>

#include "deliver/egress_connection.hpp"
#include "net/loopback_stream.hpp"
#include "net/tls_context.hpp"
#include "rt/gate.hpp"

namespace godwit::deliver::testing {

struct step {
  std::string hear;  ///< exactly these bytes; "<tls>": a handshake; "<silence>": says nothing until the client is gone
  std::string say;
};

struct server {
  std::vector<step> steps;
  net::connect_failure failure = net::connect_failure::none;
  net::tls_context_ref tls = {};
};

class scripted_network {
 public:
  explicit scripted_network(rt::loop& loop) : loop_(loop), gate_(loop, "network") {}

  std::deque<server> servers;
  std::vector<net::connect_options> asked;
  std::vector<std::string> unexpected;

  connect_function function() {
    return [this](net::connect_options o) { return connect(std::move(o)); };
  }
  rt::task<> close() {
    const bool is_ended = co_await gate_.close(std::chrono::seconds(5));
    CHECK(is_ended);
  }

 private:
  rt::task<net::connect_result> connect(net::connect_options o) {
    net::connect_result r;
    asked.push_back(o);
    server next;
    if (servers.empty()) {
      next.failure = net::connect_failure::refused;
    } else {
      next = std::move(servers.front());
      servers.pop_front();
    }
    r.failure = next.failure;
    if (r.failure != net::connect_failure::none) {
      r.why = "connect to " + o.to.text() + ": refused";
      co_return r;
    }
    const ip_endpoint here{*ip_address::parse("192.0.2.250"), 50000};
    auto pair = net::make_loopback_pair(loop_.get_executor(), here, o.to);
    r.connection = std::move(pair.a);
    auto peer = std::shared_ptr<net::stream>(std::move(pair.b));
    gate_.spawn("server", [this, peer, next = std::move(next)]() -> rt::task<> {
      std::string heard;
      for (const auto& s : next.steps) {
        const bool is_heard = co_await play(*peer, s, next.tls, heard);
        if (!is_heard) break;
      }
      peer->close();
    });
    co_return r;
  }

  rt::task<bool> play(net::stream& peer, const step& s, const net::tls_context_ref& tls, std::string& heard) {
    if (s.hear == "<tls>") {
      const auto agreed = co_await peer.start_tls_server(tls);
      co_return agreed.ok();
    }
    const bool is_silent = s.hear == "<silence>";
    while (is_silent || heard.size() < s.hear.size()) {
      std::array<char, 4096> buffer;
      const auto got = co_await peer.read_some(buffer);
      if (!got.ok()) break;
      heard.append(buffer.data(), got.bytes);
    }
    if (!is_silent && !heard.starts_with(s.hear)) {
      unexpected.push_back("wanted " + s.hear + " heard " + heard);
      co_return false;
    }
    if (is_silent) co_return false;
    heard.erase(0, s.hear.size());
    if (!s.say.empty()) co_await peer.write(s.say);
    co_return true;
  }

  rt::loop& loop_;
  rt::gate gate_;
};

}  // namespace godwit::deliver::testing
