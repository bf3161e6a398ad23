#pragma once
// Bounce classification codes (Momentum) of the names that classifiers give. Pure.

#include <string_view>

namespace ec_logger {

/// 1 (Undetermined) for names that are none, 70 (Transient Failure) for those when `is_transient`. A number is taken as it is.
int bounce_code(std::string_view classification, bool is_transient);

}  // namespace ec_logger
