#include "control/channel.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/write.hpp>

namespace godwit::control {

channel::channel(unix_socket socket, duration patience)
    : socket_(std::move(socket)), patience_(patience), deadline_(socket_.get_executor(), [this] { close(); }) {}

rt::task<channel::received> channel::read_line(std::size_t limit) {
  for (;;) {
    const auto end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      scanned_ = 0;
      if (line.size() > limit) co_return received{status::too_long, {}};
      co_return received{status::line, std::move(line)};
    }
    scanned_ = buffer_.size();
    if (buffer_.size() > limit) co_return received{status::too_long, {}};
    std::array<char, 4096> piece;
    const auto [ec, n] = co_await socket_.async_read_some(asio::buffer(piece), rt::use_result);
    if (ec) co_return received{status::closed, {}};
    buffer_.append(piece.data(), n);
  }
}

rt::task<bool> channel::write(std::string bytes) {
  deadline_.set(rt::steady_clock::now() + patience_);
  // Not cancelled with the command that writes: half a frame would end the conversation.
  auto whole = asio::bind_cancellation_slot(asio::cancellation_slot(), rt::use_result);
  const auto [ec, n] = co_await asio::async_write(socket_, asio::buffer(bytes), std::move(whole));
  deadline_.clear();
  co_return !ec;
}

void channel::expect_input(bool yes) {
  if (yes) {
    deadline_.set(rt::steady_clock::now() + patience_);
  } else {
    deadline_.clear();
  }
}

void channel::close() noexcept {
  std::error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_both, ignored);
  socket_.close(ignored);
}

}  // namespace godwit::control
