#pragma once
// The choice of invalid_line_endings.

namespace godwit::smtp {

/// What to do with a CR or LF that is not part of CRLF. Whatever is chosen, only CRLF.CRLF ends DATA.
enum class line_endings { deny, allow, fix };

}  // namespace godwit::smtp
