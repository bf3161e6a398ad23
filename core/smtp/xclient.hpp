#pragma once
// XCLIENT: a trusted proxy tells whose connection it carries. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/cidr.hpp"
#include "mail/response.hpp"

namespace godwit::smtp {

/// What the proxy named; the rest stands.
struct xclient_claims {
  std::optional<ip_address> address, destination_address;
  std::optional<std::uint16_t> port, destination_port;
};

/// The parameters this server takes, as EHLO lists them.
inline constexpr std::string_view xclient_extension = "XCLIENT ADDR PORT DESTADDR DESTPORT";

/// Nothing when all is well, else the reply.
std::optional<mail::response> parse_xclient(std::string_view argument, xclient_claims& out);

}  // namespace godwit::smtp
