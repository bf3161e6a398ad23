#pragma once
// A connection's bytes: TCP, Unix socket, or TLS over TCP. Blocks, with a limit on every wait.

#include <memory>
#include <string_view>

#include <openssl/ssl.h>

#include "server.hpp"
#include "wait_limit.hpp"

namespace redis {

/// What TLS connections of one service share. Thread-safe once made.
class tls_settings {
 public:
  /// Trusts the system's authorities (OpenSSL's default paths, which SSL_CERT_FILE and SSL_CERT_DIR replace).
  explicit tls_settings(bool is_verified);
  SSL_CTX* raw() const { return context_.get(); }

 private:
  struct release {
    void operator()(SSL_CTX* c) const { SSL_CTX_free(c); }
  };
  std::unique_ptr<SSL_CTX, release> context_;
};

/// Used by one thread at a time. Everything throws failure; then the stream is of no more use.
class stream {
 public:
  stream(const server& to, const tls_settings* tls, const wait_limit& limit);
  ~stream();
  stream(const stream&) = delete;

  void write(std::string_view bytes, const wait_limit& limit);
  /// At least one byte; the end of the stream is a failure.
  std::string_view read(const wait_limit& limit);
  /// Nothing has come that nobody asked for, not even the end.
  bool is_quiet();

 private:
  struct release {
    void operator()(SSL* s) const { SSL_free(s); }
  };
  void connect_network(const server& to, const wait_limit& limit);
  void connect_unix(const std::string& path, const wait_limit& limit);
  int finish_connect(int socket, const wait_limit& limit);
  void start_tls(const server& to, const tls_settings& tls, const wait_limit& limit);
  void wait_for(short events, const wait_limit& limit) const;
  /// What an SSL_* call wants before it can go on; throws when it cannot.
  void wait_for_tls(int result, const char* doing, const wait_limit& limit);

  int socket_ = -1;
  std::unique_ptr<SSL, release> tls_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace redis
