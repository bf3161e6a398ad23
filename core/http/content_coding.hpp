#pragma once
// Content-Encoding gzip and deflate of requests and responses (RFC 9110 8.4; zlib). Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace godwit::http {

enum class coding { identity, gzip, deflate };

/// Name of the coding in a header; "identity" for none.
std::string_view name_of(coding c);
/// What a Content-Encoding header says; the error names a coding that is not known here (415).
result<coding> parse_content_coding(std::string_view header);
/// The best of what an Accept-Encoding header permits (quality values count; gzip before deflate).
coding choose_coding(std::string_view accept_encoding);

struct too_large {};
/// Decompresses at most `limit` bytes; more is too_large, so that a small body cannot fill the memory. Both forms of
/// "deflate" are taken: with the zlib frame and without.
std::variant<std::string, too_large, error> decompress(coding c, std::string_view bytes, std::size_t limit);
/// Fastest level.
std::string compress(coding c, std::string_view bytes);

}  // namespace godwit::http
