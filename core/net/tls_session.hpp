#pragma once
// One side of a TLS connection as a state machine over memory: bytes of the wire go in and come out, nobody
// waits here. Internal to net: stream moves the bytes.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "net/stream.hpp"
#include "net/tls_context.hpp"

struct ssl_st;
struct bio_st;

namespace godwit::net {

class tls_session {
 public:
  enum class step { done, want_input, closed, failed };

  tls_session(tls_context_ref context, bool is_server, const tls_peer& peer);
  ~tls_session();

  step handshake();
  step read(std::span<char> into, std::size_t& got);
  step write(std::span<const char> bytes);
  void close_notify();

  /// Bytes for the wire that were produced so far.
  std::span<const char> output() const;
  void output_sent();
  void input(std::span<const char> from_wire);

  tls_info info() const;
  const std::string& why() const { return why_; }  ///< after step::failed

 private:
  step outcome(int result);

  tls_context_ref context_;
  ssl_st* ssl_;
  bio_st* in_;   // owned by ssl_
  bio_st* out_;  // owned by ssl_
  std::string why_;
};

}  // namespace godwit::net
