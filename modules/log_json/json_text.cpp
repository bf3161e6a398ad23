#include "json_text.hpp"

#include <array>

namespace log_json {

namespace {

/// Bytes that can be copied as they are: printable ASCII but quote and backslash.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x7f; ++c) plain[static_cast<std::size_t>(c)] = c != '"' && c != '\\';
  return plain;
}
constexpr auto plain = make_plain();

bool continues(unsigned char c) { return (c & 0xc0) == 0x80; }

/// Length of the well-formed sequence at the start (RFC 3629), 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = at(0);
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : first >= 0xe0 && first <= 0xef ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!continues(at(i))) return 0;
  const auto second = at(1);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second > 0x9f;
  const bool is_beyond = first == 0xf4 && second > 0x8f;
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

void put_escaped(buffer& out, unsigned char c) {
  switch (c) {
    case '"':
      return put(out, "\\\"");
    case '\\':
      return put(out, "\\\\");
    case '\n':
      return put(out, "\\n");
    case '\r':
      return put(out, "\\r");
    case '\t':
      return put(out, "\\t");
    case 0x7f:
      return out.push_back(0x7f);
    default:
      fmt::format_to(fmt::appender(out), "\\u{:04x}", c);
  }
}

}  // namespace

void put_integer(buffer& out, long long n) {
  const fmt::format_int text(n);
  out.append(text.data(), text.data() + text.size());
}

void put_string(buffer& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    std::size_t run = 0;
    while (run < text.size() && plain[static_cast<unsigned char>(text[run])]) ++run;
    put(out, text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text[0]);
    const auto length = c < 0x80 ? 0 : utf8_length(text);
    if (length > 0)
      put(out, text.substr(0, length));
    else if (c < 0x80)
      put_escaped(out, c);
    else
      put(out, "\xef\xbf\xbd");
    text.remove_prefix(length > 0 ? length : 1);
  }
  out.push_back('"');
}

}  // namespace log_json
