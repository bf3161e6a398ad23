#pragma once
// Base64 (RFC 4648) and hexadecimal.

#include <optional>
#include <string>
#include <string_view>

namespace godwit {

std::string base64_encode(std::string_view bytes);
/// Strict: length, alphabet and padding must be right; white space is not skipped.
std::optional<std::string> base64_decode(std::string_view text);
std::string hex_encode(std::string_view bytes);
std::optional<std::string> hex_decode(std::string_view text);

}  // namespace godwit
