#pragma once
// How a client session behaves: the part of an egress path that is protocol. Plain data.

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "smtp/trace.hpp"

namespace godwit::smtp {

struct client_options {
  using nanoseconds = std::chrono::nanoseconds;

  std::string ehlo_name;
  bool use_lmtp = false;
  bool enable_pipelining = true;
  bool enable_rset = true;
  bool enable_chunking = true;
  bool ignore_8bit_checks = false;
  std::size_t max_recipients_per_batch = 100;

  nanoseconds banner_timeout = std::chrono::seconds(60);
  nanoseconds ehlo_timeout = std::chrono::seconds(300);
  nanoseconds starttls_timeout = std::chrono::seconds(5);
  nanoseconds auth_timeout = std::chrono::seconds(60);
  nanoseconds mail_from_timeout = std::chrono::seconds(300);
  nanoseconds rcpt_to_timeout = std::chrono::seconds(300);
  nanoseconds data_timeout = std::chrono::seconds(300);
  nanoseconds data_dot_timeout = std::chrono::seconds(300);
  nanoseconds rset_timeout = std::chrono::seconds(5);

  /// What operators who watch are told that the connection is.
  trace_subject traced;

  /// Told what the session is about to wait for, each time; may be empty. For whoever watches over sessions.
  std::function<void(std::string_view)> on_progress;
};

}  // namespace godwit::smtp
