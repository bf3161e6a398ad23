#pragma once
// Log records of reception: Reception, Rejection, and the internal Bounce of a message that was unwound.

#include <string>

#include "mail/connection_context.hpp"
#include "mail/log_record.hpp"

namespace godwit::receive {

mail::log_record reception_record(const mail::message& m, const mail::connection_context& context,
                                  const mail::response& reply);
mail::log_record rejection_record(const mail::connection_context& context, const mail::response& reply,
                                  const mail::address* sender, const mail::address* recipient);
/// reference/kumo 3.7: insertion failed after the message was accepted.
mail::log_record unwound_record(const mail::message& m, const std::string& why);

}  // namespace godwit::receive
