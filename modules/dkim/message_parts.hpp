#pragma once
// Header block and body of a message whose bytes come in pieces.

#include <string>
#include <string_view>

#include <godwit/message.hpp>

namespace dkim {

/// The header block is a copy (small); the body stays where it is unless it is itself in pieces.
struct message_parts {
  std::string headers;  ///< up to and including the empty line
  std::string_view body;
  std::string joined_body;  ///< what `body` views when the message had to be joined
};

void split_message(const godwit::sdk::message_data& data, message_parts& out);

}  // namespace dkim
