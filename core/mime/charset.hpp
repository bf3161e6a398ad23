#pragma once
// Text in any charset the C library knows, as UTF-8.

#include <optional>
#include <string>
#include <string_view>

namespace godwit::mime {

/// Nothing when the charset is unknown or the bytes are not text of it.
std::optional<std::string> to_utf8(std::string_view charset, std::string_view bytes);

}  // namespace godwit::mime
