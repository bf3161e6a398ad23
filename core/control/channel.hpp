#pragma once
// Lines over a connected Unix socket. Belongs to one loop; one reader and one writer at a time.

#include <string>
#include <string_view>

#include <asio/basic_stream_socket.hpp>
#include <asio/local/stream_protocol.hpp>

#include "base/duration.hpp"
#include "net/deadline.hpp"
#include "rt/loop.hpp"

namespace godwit::control {

using unix_socket = asio::basic_stream_socket<asio::local::stream_protocol, rt::executor>;

class channel {
 public:
  channel(unix_socket socket, duration patience);

  enum class status : std::uint8_t { line, closed, too_long };
  struct received {
    channel::status status;
    std::string line;
  };
  /// The next line without its end; too_long when it has more than `limit` bytes.
  rt::task<received> read_line(std::size_t limit);
  /// False when the peer is gone or does not read for as long as the patience lasts.
  rt::task<bool> write(std::string bytes);

  /// While set, the peer has to say something within the patience, or is gone.
  void expect_input(bool yes);
  void close() noexcept;
  int handle() { return socket_.native_handle(); }

 private:
  unix_socket socket_;
  const duration patience_;
  net::deadline deadline_;
  std::string buffer_;
  std::size_t scanned_ = 0;  ///< no line end before this offset
};

}  // namespace godwit::control
