#pragma once
// The domain that a message is signed for: that of the first mailbox in From or Sender (RFC 5322 section 3.4). Pure.

#include <string>
#include <string_view>

namespace dkim {

/// Domain of the first mailbox in a raw field value (folds, comments, groups and routes are understood), lower-case. Empty
/// when there is none, or when it is no plain ASCII host name: the result may become part of a file name.
std::string mailbox_domain(std::string_view raw);

/// Letters, digits, '-' and '_' in labels that are not empty.
bool is_host_name(std::string_view domain);

std::string lower_case(std::string_view text);

}  // namespace dkim
