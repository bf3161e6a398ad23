#include "receive/reply.hpp"

namespace godwit::receive {

smtp::answer make_answer(int code, std::string_view content, bool close) {
  return {.reply = mail::response::parse(code, content), .close = close, .farewell = std::nullopt};
}

smtp::decision decision_of(const hook::verdict& verdict, std::string_view hostname) {
  using kind = hook::verdict::kind;
  if (verdict.what == kind::proceed || verdict.what == kind::done) return std::nullopt;
  auto answer = make_answer(verdict.code, verdict.text, verdict.code == 421);
  if (verdict.what == kind::disconnect) {
    using closing = hook::verdict::closing;
    answer.close = verdict.mode != closing::if_421 || verdict.code == 421;
    if (verdict.mode == closing::follow_with_421) {
      answer.farewell = mail::response::parse(421, fmt::format("{} disconnecting due to previous error", hostname));
    }
  }
  return answer;
}

}  // namespace godwit::receive
