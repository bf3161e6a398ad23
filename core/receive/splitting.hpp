#pragma once
// Which recipients of a transaction share a message (KumoMTA: SMTP server). Pure.

#include <vector>

#include "base/value.hpp"
#include "mail/address.hpp"
#include "smtp/listener_options.hpp"

namespace godwit::receive {

using recipient_group = std::vector<mail::address>;

/// One group per recipient, or one per domain (compared without regard to case), in order of first appearance.
std::vector<recipient_group> split_recipients(const std::vector<mail::address>& recipients, smtp::batch_handling how);

/// What smtp_server_split_transaction returned: an array of arrays of addresses. Throws hook::handler_failed
/// otherwise.
std::vector<recipient_group> read_groups(const value& returned);

}  // namespace godwit::receive
