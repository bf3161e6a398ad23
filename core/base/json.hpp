#pragma once
// JSON text (RFC 8259) to and from value. Writing is ours (hot path, fmt); parsing is nlohmann-json in
// json.cpp.

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::json {

/// Parses one document. `comments`: //, /* */ and # comments count as spaces (reference:
/// kumo.serde.json_parse). The error names line and column.
result<value> parse(std::string_view text, bool comments = false);

void append(fmt::memory_buffer& out, const value& v);
/// Quoted and escaped; bytes that are not UTF-8 become U+FFFD.
void append_string(fmt::memory_buffer& out, std::string_view text);
std::string write(const value& v);
std::string write_pretty(const value& v);

}  // namespace godwit::json
