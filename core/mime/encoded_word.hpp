#pragma once
// Header text outside ASCII (RFC 2047): =?charset?B|Q?text?= to UTF-8 and back.

#include <string>
#include <string_view>

namespace godwit::mime {

/// `text` (unfolded) with its encoded words decoded to UTF-8. A word that cannot be decoded (unknown charset,
/// bad encoding) stays as it is.
std::string decode_words(std::string_view text);

/// A raw header value as people read it: unfolded and decoded.
std::string decode_value(std::string_view raw);

/// A header value for `text` (UTF-8): encoded words where bytes are not printable ASCII, folded at 75 columns
/// at white space. `used` counts what stands before it on the first line. Words longer than a line stay
/// whole.
std::string encode_value(std::string_view text, std::size_t used);

}  // namespace godwit::mime
