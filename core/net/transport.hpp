#pragma once
// What is below a stream: raw bytes both ways, and the deadline that ends a wait. Implementations:
// socket_transport, loopback_transport (tests).

#include <cstddef>
#include <span>
#include <system_error>

#include <asio/buffer.hpp>

#include "base/cidr.hpp"
#include "net/deadline.hpp"
#include "rt/task.hpp"

namespace godwit::net {

struct io_result {
  std::size_t bytes = 0;
  std::error_code ec;

  bool ok() const { return !ec; }
};

class transport {
 public:
  explicit transport(rt::executor where) : deadline_(where, [this] { cancel(); }) {}
  virtual ~transport() = default;
  transport(const transport&) = delete;

  virtual rt::task<io_result> read_some(std::span<char> into) = 0;
  virtual rt::task<std::error_code> write(std::span<const asio::const_buffer> pieces) = 0;
  /// Best effort, without waiting: for a farewell before close().
  virtual void send_now(std::span<const char> bytes) noexcept = 0;
  virtual void cancel() noexcept = 0;
  virtual void shutdown_send() noexcept = 0;
  virtual void close() noexcept = 0;
  virtual ip_endpoint local() const = 0;
  virtual ip_endpoint peer() const = 0;

  void set_deadline(rt::steady_clock::time_point when) { deadline_.set(when); }
  void clear_deadline() { deadline_.clear(); }
  rt::executor get_executor() { return deadline_.get_executor(); }

 protected:
  /// The error as the caller of an operation shall see it: an abort by our deadline is a time-out.
  std::error_code explain(std::error_code ec) const { return deadline_.explain(ec); }
  bool is_overdue() const { return deadline_.is_overdue(); }

 private:
  deadline deadline_;
};

}  // namespace godwit::net
