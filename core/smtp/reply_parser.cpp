#include "smtp/reply_parser.hpp"

#include "base/text.hpp"

namespace godwit::smtp {
namespace {

/// 200 … 599, or 0 when `line` does not begin with a reply code.
int leading_code(std::string_view line) {
  if (line.size() < 3) return 0;
  for (char c : line.substr(0, 3)) {
    if (c < '0' || c > '9') return 0;
  }
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  return code >= 200 && code < 600 ? code : 0;
}

}  // namespace

reply_parser::state reply_parser::feed(std::string_view input, std::size_t& consumed) {
  consumed = 0;
  while (consumed < input.size()) {
    const std::string_view rest = input.substr(consumed);
    const std::size_t end = rest.find('\n');
    const std::size_t taken = end == std::string_view::npos ? rest.size() : end;
    if (partial_.size() + taken > limits_.line_length + 1) return complain("reply line is too long", rest);
    if (end == std::string_view::npos) {
      partial_.append(rest);
      consumed = input.size();
      return state::need_more;
    }
    consumed += end + 1;
    std::string_view line = rest.substr(0, end);
    if (!partial_.empty()) line = partial_.append(line);
    const state now = take_line(line);
    partial_.clear();
    if (now != state::need_more) return now;
  }
  return state::need_more;
}

reply_parser::state reply_parser::take_line(std::string_view line) {
  // A bare LF ends a line as well: some servers answer so, and between replies nothing can be smuggled.
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const int code = leading_code(line);
  const bool is_last = line.size() == 3 || (line.size() > 3 && line[3] == ' ');
  if (code == 0 || (!is_last && line[3] != '-')) return complain("malformed reply", line);
  if (lines_ > 0 && code != reply_.code) return complain("reply codes differ within one reply", line);
  if (++lines_ > limits_.lines) return complain("reply has too many lines", line);
  const std::string_view text = line.size() > 4 ? line.substr(4) : std::string_view();
  if (lines_ == 1) {
    reply_ = mail::response::parse(code, text);
  } else {
    add_text(text);
  }
  return is_last ? state::complete : state::need_more;
}

void reply_parser::add_text(std::string_view text) {
  // RFC 2034: the same enhanced code leads every line; it is kept once.
  if (reply_.enhanced) {
    const std::string prefix = reply_.enhanced->text();
    if (text.substr(0, prefix.size()) == prefix && (text.size() == prefix.size() || text[prefix.size()] == ' ')) {
      text.remove_prefix(std::min(text.size(), prefix.size() + 1));
    }
  }
  reply_.content.append("\r\n").append(text);
}

reply_parser::state reply_parser::complain(std::string_view what, std::string_view line) {
  constexpr std::size_t shown = 120;
  problem_ = std::string(what) + ": " + one_line(line.substr(0, shown));
  partial_.clear();
  lines_ = 0;
  return state::malformed;
}

mail::response reply_parser::take() {
  lines_ = 0;
  return std::move(reply_);
}

}  // namespace godwit::smtp
