#pragma once
// What one session may do before it is told to stop, beside the listener's settings. Counters of a session;
// its loop only.

#include <cstddef>

#include "smtp/command.hpp"

namespace godwit::smtp {

class session_limits {
 public:
  /// Commands in a row that moved no mail (NOOP, RSET, unknown words, errors): a session that only keeps a
  /// slot busy.
  static constexpr std::size_t max_junk = 100;
  static constexpr std::size_t max_failed_auth = 5;
  /// Replies of class 4 or 5 since the last accepted message, less the recipients accepted since: enough for a list with
  /// as many dead addresses as living ones, too few to try addresses out.
  static constexpr std::size_t max_errors = 100;

  explicit session_limits(std::size_t max_messages) : max_messages_(max_messages) {}

  /// Each false: over the limit, end the session.
  bool allow_junk() { return ++junk_ <= max_junk; }
  bool allow_message() { return ++messages_ <= max_messages_; }
  bool allow_failed_auth() { return ++failed_auth_ < max_failed_auth; }
  bool allow_error() { return ++errors_ <= max_errors; }
  void took_recipient() {
    if (errors_ > 0) --errors_;
  }
  /// A message was accepted: RSET or NOOP between messages is no junk.
  void moved_mail() { junk_ = errors_ = 0; }

 private:
  std::size_t max_messages_;
  std::size_t junk_ = 0, errors_ = 0, messages_ = 0, failed_auth_ = 0;
};

/// Bytes of a refused message that are read and dropped so that the client hears the reply; then the
/// connection goes.
constexpr std::size_t drain_limit(std::size_t max_message_size) { return max_message_size + (1 << 20); }

/// A client_timeout is only renewed in DATA when this much arrived: a sender of one byte a minute does not
/// hold a session for weeks.
inline constexpr std::size_t bytes_per_renewal = 65536;

}  // namespace godwit::smtp
