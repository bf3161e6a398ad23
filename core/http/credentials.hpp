#pragma once
// The Authorization header (RFC 7617 Basic, RFC 6750 Bearer). Pure.

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace godwit::http {

struct basic_credentials {
  std::string user;
  std::optional<std::string> password;  ///< nullopt: the credentials had no colon
};

struct bearer_credentials {
  std::string token;
};

using credentials = std::variant<basic_credentials, bearer_credentials>;

/// The error is the text of the 400 reply (KumoMTA: HTTP API).
result<credentials> parse_authorization(std::string_view header);

/// "HttpBasicAuth NAME", "BearerToken abcd...": for replies and logs. A token is a secret, so only its beginning shows.
std::string describe(const credentials& c);

}  // namespace godwit::http
