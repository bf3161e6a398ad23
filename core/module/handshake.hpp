#pragma once
// What is checked of a module before any of its code runs but the one that returns its descriptor.

#include <string>
#include <string_view>

#include <godwit/abi.h>

#include "base/result.hpp"

namespace godwit::module {

/// A descriptor as the host goes on with it: fields that an older module does not have are null.
struct identity {
  std::string name;
  std::string version;
  std::string summary;
  std::uint32_t abi_major = 0;
  std::uint32_t abi_minor = 0;
};

/// Refuses a missing, too old, too new or malformed descriptor in words that say what to do. `file` is for
/// the text. `expected_name`: what the configuration calls it; empty accepts any.
result<identity> shake_hands(const godwit_module_descriptor* descriptor, std::string_view file,
                             std::string_view expected_name = {},
                             std::uint32_t offered_minor = GODWIT_ABI_MINOR);

/// Copies what `descriptor` has, zeroes the rest.
godwit_module_descriptor complete(const godwit_module_descriptor& descriptor);

inline std::string_view view(godwit_str text) { return {text.data ? text.data : "", text.size}; }
inline godwit_str str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace godwit::module
