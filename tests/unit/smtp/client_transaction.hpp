#pragma once
// Mail transactions of a client session against a peer with a script.

#include <doctest/doctest.h>

#include "smtp/client_session.hpp"
#include "unit/smtp/client_peer.hpp"

namespace godwit::smtp::testing {

inline const std::string crlf = "\r\n";
inline const std::string body = "Subject: x\r\n\r\nhello\r\n";
inline const std::string pipelining = "250-mx\r\n250 PIPELINING\r\n";
inline const std::string group = "MAIL FROM:<s@a.example>\r\nRCPT TO:<r@b.example>\r\nDATA\r\n";
inline const std::string group_ok = "250 ok\r\n250 ok\r\n354 go\r\n";

/// Greets first; `offer` is the answer to EHLO.
inline std::vector<step> script(const std::string& offer, std::vector<step> then) {
  std::vector<step> all{{"", "220 mx\r\n"}, {"EHLO client.example\r\n", offer}};
  all.insert(all.end(), then.begin(), then.end());
  return all;
}

inline rt::task<> greet(client_peer& peer) {
  CHECK_FALSE(co_await peer.session->read_banner());
  CHECK_FALSE(co_await peer.session->hello());
}

/// Sends one message against `then` and returns what came of it.
inline send_result send_one(client_peer& peer, const mail::message& m, const std::string& offer, std::vector<step> then) {
  send_result out;
  peer.run(script(offer, std::move(then)), [&]() -> rt::task<> {
    co_await greet(peer);
    out = co_await peer.session->send(m);
  });
  return out;
}

}  // namespace godwit::smtp::testing
