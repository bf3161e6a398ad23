#pragma once
// The way of a message, as its Received fields tell it (RFC 5321 section 4.4). Pure.

#include <cstddef>
#include <string_view>
#include <vector>

#include <godwit/message.hpp>

namespace mail_loop {

/// The host that a Received field says it was written `by`; empty when it does not say. Comments and quoted strings are
/// skipped.
std::string_view received_by(std::string_view raw);

struct hops {
  std::size_t all = 0;
  std::size_t own = 0;  ///< by one of the names asked for
};
/// The message's data is in memory.
hops count_hops(godwit::sdk::message_view m, const std::vector<std::string_view>& own_names);

}  // namespace mail_loop
