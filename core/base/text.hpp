#pragma once
// Small text helpers that the standard library lacks.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace godwit {

std::string to_lower(std::string_view text);  ///< ASCII only
bool iequals(std::string_view a, std::string_view b);
bool istarts_with(std::string_view text, std::string_view prefix);
std::string_view trim(std::string_view text);  ///< ASCII white space
std::vector<std::string_view> split(std::string_view text, char separator);
bool is_valid_utf8(std::string_view text);
/// Length of the well-formed UTF-8 sequence at the start of `text` (1 to 4), 0 when there is none.
std::size_t utf8_sequence_length(std::string_view text);
bool is_ascii(std::string_view text);
/// The member of `known` that is most like `word`, empty when none is near: for "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& known);
/// CR and LF shown as \r and \n, so that a value stays on one log line.
std::string one_line(std::string_view text);

}  // namespace godwit
