#pragma once
// Address headers (RFC 5322 3.4): From, To and their like as a list of mailboxes. Groups are flattened.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::mime {

struct mailbox {
  std::optional<std::string> name;  ///< display name, decoded to UTF-8
  std::string user;                 ///< local part without quotes and escapes
  std::string domain;
  std::string email;  ///< as written, without comments and white space
};

/// Nothing when the value is no address list. An empty group gives an empty list.
std::optional<std::vector<mailbox>> parse_mailboxes(std::string_view raw);

}  // namespace godwit::mime
