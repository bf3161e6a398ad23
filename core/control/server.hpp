#pragma once
// The control socket: accepts, asks the kernel who it is, serves. Everything runs on one loop.

#include <memory>
#include <string>

#include "base/result.hpp"
#include "control/options.hpp"
#include "control/registry.hpp"
#include "rt/blocking_pool.hpp"
#include "rt/loop.hpp"

namespace godwit::control {

/// Owned by the daemon, used on its main thread. Loop, pool and registry outlive it; stop() comes before the loop's end.
class server {
 public:
  server(rt::loop& where, rt::blocking_pool& pool, const registry& commands, std::string version);
  ~server();
  server(const server&) = delete;

  /// Binds and begins to accept. A socket file that nobody listens on is replaced; one in use is an error.
  result<void> listen(const std::string& path, const socket_options& options);
  /// Lets short commands end, cancels the others, and removes the socket file. Await it on the loop.
  rt::task<> stop(std::chrono::nanoseconds limit);

 private:
  struct impl;
  std::shared_ptr<impl> impl_;
};

/// Where the socket goes when nobody says: default_socket when its directory is there or can be made and may be written;
/// empty otherwise.
std::string usable_default_socket();

}  // namespace godwit::control
