#include "smtp/client_channel.hpp"

#include <array>

#include <asio/error.hpp>

#include "base/duration.hpp"
#include "smtp/replies.hpp"

namespace godwit::smtp {
namespace {

/// Replies are short; a long EHLO answer takes a second read.
constexpr std::size_t read_capacity = 4096;

client_error write_error(std::error_code ec, std::chrono::nanoseconds limit, std::string_view what) {
  if (ec == asio::error::timed_out) {
    return {client_error::kind::timed_out, fmt::format("Timed Out waiting {} to write {}", format_duration(limit), what), {}};
  }
  return {client_error::kind::lost, fmt::format("{} while writing {}", net::describe(ec), what), {}};
}

client_error read_error(std::error_code ec, std::chrono::nanoseconds limit, std::string_view command) {
  if (ec == asio::error::timed_out) {
    return {client_error::kind::timed_out,
            fmt::format("Timed Out waiting {} for response to {}", format_duration(limit), command), {}};
  }
  return {client_error::kind::lost, fmt::format("{} while waiting for response to {}", net::describe(ec), command), {}};
}

}  // namespace

client_channel::client_channel(std::unique_ptr<net::stream> stream, progress on_progress, trace_subject traced)
    : stream_(std::move(stream)),
      reader_(*stream_, read_capacity),
      on_progress_(std::move(on_progress)),
      traced_(std::move(traced)) {
  tell(trace_kind::connected, traced_.host);
}

client_channel::~client_channel() { tell(trace_kind::closed, ""); }

void client_channel::tell_about(const mail::message& m) {
  traced_.recipient_domain = m.recipients.empty() ? std::string_view() : m.recipients.front().domain();
}

void client_channel::tell_heard(const heard& h) const {
  if (h.failure) return tell(trace_kind::note, h.failure->text);
  std::string lines;
  append_reply(lines, h.reply);
  tell(trace_kind::read, lines);
}

rt::task<client_failure> client_channel::write(std::string_view bytes, std::chrono::nanoseconds limit,
                                               std::string_view what) {
  const std::array<asio::const_buffer, 1> piece{asio::buffer(bytes)};
  co_return co_await write(std::span<const asio::const_buffer>(piece), limit, what);
}

rt::task<client_failure> client_channel::write(std::span<const asio::const_buffer> pieces,
                                               std::chrono::nanoseconds limit, std::string_view what) {
  stream_->set_timeout(limit);
  if (on_progress_) on_progress_(what);
  const std::error_code ec = co_await stream_->write(pieces);
  if (!ec) co_return std::nullopt;
  auto failure = write_error(ec, limit, what);
  tell(trace_kind::note, failure.text);
  co_return failure;
}

bool client_channel::try_reply(heard& out) {
  const auto waiting = reader_.buffered();
  if (waiting.empty()) return false;
  std::size_t consumed = 0;
  const auto state = parser_.feed({waiting.data(), waiting.size()}, consumed);
  reader_.consume(consumed);
  if (state == reply_parser::state::need_more) return false;
  if (state == reply_parser::state::malformed) {
    out.failure = client_error{client_error::kind::protocol, parser_.problem(), {}};
  } else {
    out.reply = parser_.take();
    out.failure.reset();
  }
  if (is_traced()) [[unlikely]] tell_heard(out);
  return true;
}

rt::task<heard> client_channel::read_reply(std::string_view command, std::chrono::nanoseconds limit) {
  heard out;
  stream_->set_timeout(limit);
  if (on_progress_) on_progress_(command);
  while (!try_reply(out)) {
    const std::error_code ec = co_await reader_.fill();
    if (!ec) continue;
    out.failure = read_error(ec, limit, command);
    if (is_traced()) tell_heard(out);
    break;
  }
  co_return out;
}

}  // namespace godwit::smtp
