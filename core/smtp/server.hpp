#pragma once
// ESMTP listeners and their sessions on the loops of a group.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/tls_context.hpp"
#include "rt/loop.hpp"
#include "rt/task.hpp"
#include "smtp/listener_options.hpp"
#include "smtp/session_policy.hpp"
#include "smtp/session_view.hpp"

namespace godwit::smtp {

/// Owned by the daemon; made and stopped on its main thread, which runs no loop. Loops, factory and cache
/// outlive it.
class server {
 public:
  server(rt::loop_group& loops, policy_factory make_policy, net::tls_context_cache& tls);
  ~server();  ///< after stop(), or when the loops no longer run
  server(const server&) = delete;

  /// Binds every address of `options` and accepts on all loops. The result lists what was bound (port 0
  /// resolved), in order. On failure none of this call's addresses stays.
  result<std::vector<ip_endpoint>> listen(listener_options options);
  std::vector<ip_endpoint> addresses() const;
  std::size_t sessions() const;
  /// Those of one loop after the other; awaited on any loop.
  rt::task<std::vector<session_view>> views() const;

  /// Accepts no more; idle sessions hear 421 at once, others at their next command. Waits until all are gone;
  /// after `limit` it cancels what is left. False when even that took too long (logged by label).
  bool stop(std::chrono::nanoseconds limit);

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace godwit::smtp
