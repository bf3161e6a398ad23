#pragma once
// Text that crosses the boundary, for the fake host.

#include <string>
#include <string_view>

#include <godwit/abi.h>

namespace godwit::sdk::testing {

inline std::string_view text_of(godwit_str s) { return {s.data ? s.data : "", s.size}; }

namespace slots {

inline std::string owned(godwit_str s) { return std::string(text_of(s)); }
inline godwit_str str(std::string_view s) { return {s.data(), s.size()}; }

}  // namespace slots

}  // namespace godwit::sdk::testing
