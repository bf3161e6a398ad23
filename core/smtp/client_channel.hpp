#pragma once
// Commands out, replies in: what every phase of a client session needs of its stream. Belongs to one session.

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "mail/message.hpp"
#include "net/line_reader.hpp"
#include "net/stream.hpp"
#include "smtp/client_error.hpp"
#include "smtp/reply_parser.hpp"
#include "smtp/trace.hpp"

namespace godwit::smtp {

/// A reply, or why there is none.
struct heard {
  mail::response reply;
  client_failure failure;

  int code() const { return failure ? 0 : reply.code; }
};

class client_channel {
 public:
  using progress = std::function<void(std::string_view)>;

  /// `on_progress` hears what is waited for, before each wait; it may be empty.
  explicit client_channel(std::unique_ptr<net::stream> stream, progress on_progress = {}, trace_subject traced = {});
  ~client_channel();

  /// Writes everything within `limit`; `what` names it in errors. The arguments outlive the wait.
  rt::task<client_failure> write(std::string_view bytes, std::chrono::nanoseconds limit, std::string_view what);
  rt::task<client_failure> write(std::span<const asio::const_buffer> pieces, std::chrono::nanoseconds limit,
                                 std::string_view what);

  /// The next reply if it arrived whole already; replies of a pipelined group mostly come in one packet, and this
  /// costs no suspension.
  bool try_reply(heard& out);
  /// Waits for the next reply, all its lines within `limit`. `command` names what it answers in errors.
  rt::task<heard> read_reply(std::string_view command, std::chrono::nanoseconds limit);

  /// For operators who watch; `text` is fit to be shown, one or more lines.
  void tell(trace_kind what, std::string_view text) const {
    if (is_traced() && traced_.number != 0) [[unlikely]] trace(traced_, what, text);
  }
  /// What follows is about this message. Needed while is_traced().
  void tell_about(const mail::message& m);

  /// The peer sent more than it was asked for.
  bool has_unread() const { return reader_.has_buffered() || parser_.is_inside(); }
  net::stream& stream() { return *stream_; }

 private:
  void tell_heard(const heard& h) const;

  std::unique_ptr<net::stream> stream_;
  net::line_reader reader_;
  reply_parser parser_;
  progress on_progress_;
  trace_subject traced_;
};

}  // namespace godwit::smtp
