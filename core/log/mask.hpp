#pragma once
// Secrets are hidden where a line is written, so that no caller has to think of it.

#include <string>
#include <string_view>

namespace godwit::log {

/// The word after "password=", "AUTH PLAIN " and their like becomes "***".
std::string mask_secrets(std::string_view text);

}  // namespace godwit::log
