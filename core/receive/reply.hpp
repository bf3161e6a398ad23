#pragma once
// From a hook's verdict to what the session answers.

#include <string_view>

#include "hook/table.hpp"
#include "smtp/session_policy.hpp"

namespace godwit::receive {

smtp::answer make_answer(int code, std::string_view content, bool close = false);
/// Nothing when the handlers had no objection. `hostname` appears in the 421 that ends a session.
smtp::decision decision_of(const hook::verdict& verdict, std::string_view hostname);

}  // namespace godwit::receive
