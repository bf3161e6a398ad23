#pragma once
// Log records of reception: Reception, Rejection, OOB, Feedback, and the internal Bounce of a message that was unwound.

#include <string>

#include "mail/connection_context.hpp"
#include "mail/delivery_report.hpp"
#include "mail/feedback_report.hpp"
#include "mail/log_record.hpp"

namespace godwit::receive {

mail::log_record reception_record(const mail::message& m, const mail::connection_context& context,
                                  const mail::response& reply);
mail::log_record rejection_record(const mail::connection_context& context, const mail::response& reply,
                                  const mail::address* sender, const mail::address* recipient);
/// What one recipient of a delivery status report tells. The sender of the mail it is about is `to`,
/// the envelope recipient of the report.
mail::log_record oob_record(const mail::message& m, const mail::connection_context& context, const std::string& reporting_mta,
                            const mail::delivery_report::recipient& failed, const mail::address& to);
/// A feedback report that arrived as mail.
mail::log_record feedback_record(const mail::message& m, const mail::connection_context& context,
                                 const mail::feedback_report& report);
/// Insertion failed after the message was accepted.
mail::log_record unwound_record(const mail::message& m, const std::string& why);

}  // namespace godwit::receive
