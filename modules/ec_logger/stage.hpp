#pragma once
// Where in a session something happened, in Momentum's words. Pure.

#include <string_view>

#include <godwit/abi.h>

namespace ec_logger {

/// Momentum's numbers, as far as records tell.
enum class stage {
  not_connected = 0,
  mail_from = 2,
  rcpt_to = 4,
  data = 6,
  body = 8,
  confirmation = 9,
  ehlo = 10,
  rset = 13,
  starttls = 15,
  xclient = 19,
  out_of_band = 21,
  unknown = 22
};

stage stage_of(const godwit_record_fields& f);
/// Whether the body was under way or sent.
bool has_sent_body(stage s);

/// Phase of a reception by the command that was refused (Momentum): "awaiting rcptto".
std::string_view phase_of(std::string_view command);

}  // namespace ec_logger
