#pragma once
// Replies of an SMTP server, read piece by piece (RFC 5321 4.2). Pure: bytes in, replies out; no socket, no clock.

#include <cstddef>
#include <string>
#include <string_view>

#include "mail/response.hpp"

namespace godwit::smtp {

/// What a peer may make us keep while it answers.
struct reply_limits {
  std::size_t line_length = 4096;  ///< without CRLF; RFC 5321 asks for 512, real servers exceed it
  std::size_t lines = 128;
};

/// Owned by one client session. After `malformed` the connection is of no use any more: what follows cannot be
/// told apart from the middle of a reply.
class reply_parser {
 public:
  enum class state { need_more, complete, malformed };

  explicit reply_parser(reply_limits limits = {}) : limits_(limits) {}

  /// Reads `input` up to the end of one reply; `consumed` says how far, the rest belongs to the next reply.
  state feed(std::string_view input, std::size_t& consumed);
  /// The reply after `complete`; the parser starts afresh.
  mail::response take();
  /// What was wrong after `malformed`.
  const std::string& problem() const { return problem_; }
  /// Some of a reply was read, not all of it.
  bool is_inside() const { return lines_ > 0 || !partial_.empty(); }

 private:
  state take_line(std::string_view line);
  state complain(std::string_view what, std::string_view line);
  void add_text(std::string_view text);

  reply_limits limits_;
  std::string partial_;  ///< a line whose end has not arrived
  std::size_t lines_ = 0;
  mail::response reply_;
  std::string problem_;
};

}  // namespace godwit::smtp
