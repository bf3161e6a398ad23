#pragma once
// Dates of header fields (RFC 5322 3.3), with the forms that old mailers write.

#include <optional>
#include <string_view>

#include "base/duration.hpp"

namespace godwit::mime {

/// "Thu, 7 Jul 1994 17:15:49 -0400". Nothing when it is no date.
std::optional<wall_time> parse_date(std::string_view text);

}  // namespace godwit::mime
