#pragma once
// Accepts connections on every loop of a group: one SO_REUSEPORT acceptor each, so the kernel spreads the
// peers and a session stays where it was accepted.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/in_flight.hpp"
#include "net/socket.hpp"
#include "rt/gate.hpp"

namespace godwit::net {

/// Could `at` be bound, or does somebody hold it? SO_REUSEPORT would let two daemons of one user share a port without a
/// word. Port 0 is always free.
result<void> check_address(std::string_view name, const ip_endpoint& at);

/// How many connections are open and may be; shared by the acceptors of a listener. Thread-safe.
class connection_limit {
 public:
  explicit connection_limit(std::size_t most) : most_(most) {}
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }

  /// Counts one connection while it lives.
  class slot {
   public:
    slot() = default;
    /// `is_welcome` false: counted, and not within the limit whatever it is.
    explicit slot(std::shared_ptr<connection_limit> of, bool is_welcome = true);
    slot(slot&& other) noexcept = default;
    slot& operator=(slot&& other) noexcept;
    ~slot() { release(); }
    bool is_within_limit() const { return within_; }
    void release();

   private:
    std::shared_ptr<connection_limit> of_;
    bool within_ = false;
  };

 private:
  const std::size_t most_;
  std::atomic<std::size_t> open_{0};
};

struct accepted {
  std::unique_ptr<stream> connection;
  std::size_t address = 0;      ///< index in listener::addresses()
  connection_limit::slot slot;  ///< not within the limit: refuse politely and close
};

class listener {
 public:
  /// Called on the loop that accepted.
  using handler = std::function<void(rt::loop& where, accepted a)>;

  listener(rt::loop_group& loops, std::string name);  ///< used on one thread; bind, start and stop from there
  ~listener();                                        ///< after stop(), or when the loops no longer run
  listener(const listener&) = delete;

  /// Binds `at` on every loop (port 0: chosen once, shared by all). The result is the bound address. Peers
  /// may connect from now on, and wait for start().
  result<ip_endpoint> bind(const ip_endpoint& at);
  /// Accepts on what was bound since the last call; several addresses may share a limit.
  void start(std::shared_ptr<connection_limit> limit, handler on_connection);

  const std::vector<ip_endpoint>& addresses() const { return addresses_; }
  /// Closes the acceptors on their loops; connections stay. Called on a thread that runs no loop it waits
  /// until no loop accepts any more; false when that took longer than `limit`.
  bool stop(std::chrono::nanoseconds limit = std::chrono::seconds(5));

 private:
  struct acceptor;
  void run(const std::shared_ptr<acceptor>& one);

  rt::loop_group& loops_;
  std::string name_;
  std::vector<ip_endpoint> addresses_;
  std::vector<std::shared_ptr<acceptor>> bound_, accepting_now_;
  std::vector<std::unique_ptr<rt::gate>> gates_;  // by loop
  std::shared_ptr<in_flight> accepting_;
};

}  // namespace godwit::net
