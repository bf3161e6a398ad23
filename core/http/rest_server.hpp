#pragma once
// One address served by RESTinio on one loop. Its headers stay in rest_server.cpp: the rest of the library sees requests
// that wait for their response.

#include <chrono>
#include <functional>
#include <memory>

#include "base/cidr.hpp"
#include "http/service.hpp"
#include "metrics/registry.hpp"
#include "net/tls_context.hpp"
#include "rt/loop.hpp"

namespace godwit::http {

/// A request that waits for its response. Used on its loop.
class exchange {
 public:
  virtual ~exchange() = default;
  virtual raw_request take_request() = 0;
  /// Sends once; `done` runs when all is written or the connection has failed. A connection that ends in another way drops
  /// it. `keep`: whether the client may send more.
  virtual void send(response r, bool keep, std::function<void()> done) = 0;
};

struct rest_settings {
  ip_endpoint at;
  net::tls_context_ref tls;  ///< of the start; null: in the clear
  std::function<net::tls_context_ref()> current_tls;  ///< asked for each connection, never null; only with tls
  std::size_t body_limit = 0;
  std::chrono::nanoseconds client_timeout{};
  std::size_t max_connections = 0;
  std::shared_ptr<metrics::gauge> open;    ///< connections now
  std::shared_ptr<metrics::counter> total; ///< connections so far
  std::function<void(std::shared_ptr<exchange>)> on_request;
};

/// Used on its loop, also destroyed there or after the loop.
class rest_server {
 public:
  virtual ~rest_server() = default;
  /// Binds with SO_REUSEPORT and accepts. Throws std::exception.
  virtual ip_endpoint open() = 0;
  virtual void close() = 0;              ///< accepts no more
  virtual void drop_connections() = 0;   ///< also those that wait for a request
};

std::unique_ptr<rest_server> make_rest_server(rt::loop& owner, rest_settings s);

}  // namespace godwit::http
