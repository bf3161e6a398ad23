#pragma once
// HTTP listeners on the loops of a group.

#include <chrono>
#include <memory>

#include "base/result.hpp"
#include "http/listener_options.hpp"
#include "http/service.hpp"
#include "net/tls_context.hpp"
#include "rt/loop.hpp"

namespace godwit::http {

/// Owned by the daemon; made and stopped on its main thread, which runs no loop. Loops (running), service and cache
/// outlive it.
class server {
 public:
  server(rt::loop_group& loops, service& answers, net::tls_context_cache& tls);
  ~server();  ///< after stop(), or when the loops no longer run
  server(const server&) = delete;

  /// Binds and accepts on all loops; the result is the bound address (port 0 resolved).
  result<ip_endpoint> listen(listener_options options);

  /// Accepts no more, lets requests end, closes the connections that wait for one. After `limit` handlers are cancelled.
  /// False when even that took too long (logged by label).
  bool stop(std::chrono::nanoseconds limit);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::http
