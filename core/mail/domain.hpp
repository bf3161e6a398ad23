#pragma once
// Domain names as mail uses them: syntax (RFC 5321 4.1.2) and the ASCII form of internationalised ones (RFC
// 5890).

#include <optional>
#include <string>
#include <string_view>

namespace godwit::mail {

/// Labels of letters, digits, hyphens (and underscores, which real hosts have), or internationalised ones.
/// No trailing dot, no address literal.
bool is_domain(std::string_view text);

/// Lower-case ASCII form ("xn--…"); ASCII names pass unchanged but for case. Nothing when IDNA refuses the
/// name.
std::optional<std::string> to_ascii_domain(std::string_view text);

}  // namespace godwit::mail
