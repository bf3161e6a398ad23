#include "smtp/client_verdict.hpp"

#include <fmt/format.h>

namespace godwit::smtp {

bool says_too_many(const mail::response& r) {
  if (r.enhanced) return *r.enhanced == mail::enhanced_code{4, 5, 3};
  return r.code == 452 || r.code == 552;
}

void settle(recipient_reply& r, const mail::response& reply) {
  if (r.is_set) return;
  r.reply = reply;
  r.is_set = true;
  r.is_too_many = false;
}

void settle_rest(send_result& out, const mail::response& reply) {
  for (auto& r : out.recipients) settle(r, reply);
}

client_error unexpected_reply(std::string_view command, const mail::response& reply) {
  return {client_error::kind::protocol, fmt::format("unexpected response to {}: {}", command, reply.one_line()), {}};
}

}  // namespace godwit::smtp
