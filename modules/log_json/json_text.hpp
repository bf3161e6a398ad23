#pragma once
// JSON written straight into a buffer.

#include <string_view>

#include <fmt/format.h>

namespace log_json {

/// Most records fit in, without an allocation.
using buffer = fmt::basic_memory_buffer<char, 4096>;

inline void put(buffer& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }
void put_integer(buffer& out, long long n);
/// Quoted and escaped; bytes that are not UTF-8 become U+FFFD.
void put_string(buffer& out, std::string_view text);

}  // namespace log_json
