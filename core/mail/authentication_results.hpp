#pragma once
// The Authentication-Results header field (RFC 8601, KumoMTA: authentication). Pure.

#include <string>
#include <string_view>

#include "base/value.hpp"

namespace godwit::mail {

/// "SERVER;\r\n\tmethod=result reason="…" prop=value …", one line a result; "SERVER; none" without results. Each result
/// is an object {method, [method_version], result, [reason], props}.
std::string authentication_results_value(std::string_view server_id, const value::array& results);

}  // namespace godwit::mail
