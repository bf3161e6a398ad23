#include "stream.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace redis {

namespace sdk = godwit::sdk;

namespace {

constexpr std::size_t buffer_size = 16384;

[[noreturn]] void fail(const char* doing, int error) {
  throw sdk::failure(std::string(doing) + ": " + std::strerror(error));
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

struct release_addresses {
  void operator()(addrinfo* a) const { ::freeaddrinfo(a); }
};
using addresses = std::unique_ptr<addrinfo, release_addresses>;

addresses resolve(const endpoint& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(at.port);
  if (const int failed = ::getaddrinfo(at.host.c_str(), port.c_str(), &hints, &found); failed != 0)
    throw sdk::failure("look-up of " + at.host + ": " + ::gai_strerror(failed));
  return addresses(found);
}

std::string tls_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* text = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return text != nullptr ? text : "the connection was closed";
}

bool is_address(const std::string& host) {
  in6_addr unused{};
  return ::inet_pton(AF_INET, host.c_str(), &unused) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &unused) == 1;
}

void expect_name(SSL* tls, const std::string& host) {
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls, host.c_str());
    SSL_set1_host(tls, host.c_str());
  }
}

}  // namespace

tls_settings::tls_settings(bool is_verified) : context_(SSL_CTX_new(TLS_client_method())) {
  if (!context_) throw sdk::failure("TLS: " + tls_reason());
  SSL_CTX_set_min_proto_version(raw(), TLS1_2_VERSION);
  SSL_CTX_set_mode(raw(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(raw(), is_verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (is_verified && SSL_CTX_set_default_verify_paths(raw()) != 1)
    throw sdk::failure("TLS: the system's authorities cannot be read: " + tls_reason());
}

stream::stream(const server& to, const tls_settings* tls, const wait_limit& limit)
    : buffer_(std::make_unique<char[]>(buffer_size)) {
  try {
    if (to.via == server::transport::unix_socket)
      connect_unix(to.path, limit);
    else
      connect_network(to, limit);
    if (tls != nullptr) start_tls(to, *tls, limit);
  } catch (...) {
    if (socket_ >= 0) ::close(socket_);
    throw;
  }
}

stream::~stream() {
  // No farewell: it could block, and the server does not need one.
  if (socket_ >= 0) ::close(socket_);
}

void stream::wait_for(short events, const wait_limit& limit) const {
  for (;;) {
    pollfd one{socket_, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(limit.slice().count()));
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) fail("poll", errno);
  }
}

/// The error of the connection attempt, 0 when it is there.
int stream::finish_connect(int socket, const wait_limit& limit) {
  socket_ = socket;
  wait_for(POLLOUT, limit);
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) ::close(std::exchange(socket_, -1));
  return error;
}

void stream::connect_network(const server& to, const wait_limit& limit) {
  const auto found = resolve(to.at);
  int error = EADDRNOTAVAIL;
  for (const auto* a = found.get(); a != nullptr; a = a->ai_next) {
    const int socket = ::socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol);
    if (socket < 0) {
      error = errno;
      continue;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    if (::connect(socket, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
      error = errno;
      ::close(socket);
      continue;
    }
    error = finish_connect(socket, limit);
    if (error == 0) return;
  }
  fail("connect", error);
}

void stream::connect_unix(const std::string& path, const wait_limit& limit) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof(to.sun_path)) throw sdk::failure("the path of the socket is too long: " + path);
  std::memcpy(to.sun_path, path.c_str(), path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket", errno);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) {
    const int error = errno;
    ::close(socket);
    fail("connect", error);
  }
  finish_connect(socket, limit);
}

void stream::wait_for_tls(int result, const char* doing, const wait_limit& limit) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(POLLIN, limit);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(POLLOUT, limit);
    case SSL_ERROR_ZERO_RETURN:
      throw sdk::failure("the server closed the connection");
    default:
      break;
  }
  const auto verified = SSL_get_verify_result(tls_.get());
  if (verified != X509_V_OK && !SSL_is_init_finished(tls_.get()))
    throw sdk::failure(std::string("TLS: the server's certificate: ") +
                       X509_verify_cert_error_string(verified));
  throw sdk::failure(std::string(doing) + ": " + tls_reason());
}

void stream::start_tls(const server& to, const tls_settings& tls, const wait_limit& limit) {
  tls_.reset(SSL_new(tls.raw()));
  if (!tls_ || SSL_set_fd(tls_.get(), socket_) != 1) throw sdk::failure("TLS: " + tls_reason());
  expect_name(tls_.get(), to.at.host);
  for (;;) {
    ERR_clear_error();
    const int done = SSL_connect(tls_.get());
    if (done == 1) return;
    wait_for_tls(done, "TLS handshake", limit);
  }
}

void stream::write(std::string_view bytes, const wait_limit& limit) {
  while (!bytes.empty()) {
    if (tls_) {
      ERR_clear_error();
      const int n =
          SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), buffer_size)));
      if (n > 0)
        bytes.remove_prefix(static_cast<std::size_t>(n));
      else
        wait_for_tls(n, "write", limit);
      continue;
    }
    const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0)
      bytes.remove_prefix(static_cast<std::size_t>(n));
    else if (would_block(errno))
      wait_for(POLLOUT, limit);
    else
      fail("write", errno);
  }
}

std::string_view stream::read(const wait_limit& limit) {
  for (;;) {
    if (tls_) {
      ERR_clear_error();
      const int n = SSL_read(tls_.get(), buffer_.get(), buffer_size);
      if (n > 0) return {buffer_.get(), static_cast<std::size_t>(n)};
      wait_for_tls(n, "read", limit);
      continue;
    }
    const auto n = ::recv(socket_, buffer_.get(), buffer_size, 0);
    if (n > 0) return {buffer_.get(), static_cast<std::size_t>(n)};
    if (n == 0) throw sdk::failure("the server closed the connection");
    if (!would_block(errno)) fail("read", errno);
    wait_for(POLLIN, limit);
  }
}

bool stream::is_quiet() {
  if (tls_) {
    // Session tickets may have come: only TLS can tell them from data.
    ERR_clear_error();
    char byte = 0;
    const int n = SSL_peek(tls_.get(), &byte, 1);
    const bool is_waiting = n <= 0 && SSL_get_error(tls_.get(), n) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return is_waiting;
  }
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK) < 0 && would_block(errno);
}

}  // namespace redis
