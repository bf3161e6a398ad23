#include "field_text.hpp"

namespace ec_logger {

namespace {

constexpr char digits[] = "0123456789abcdef";

void put_control(std::string& out, char c) {
  out += '\\';
  switch (c) {
    case '\n': out += 'n'; return;
    case '\r': out += 'r'; return;
    case '\t': out += 't'; return;
    default:
      out += 'x';
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
  }
}

void put_guarded(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      put_control(out, c);
      continue;
    }
    if (c == '\\' || special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

}  // namespace

void put_escaped(std::string& out, std::string_view text) { put_guarded(out, text, "@"); }

void put_quotable(std::string& out, std::string_view text) { put_guarded(out, text, "\",]"); }

void put_field(std::string& out, std::string_view text) {
  out += '@';
  put_escaped(out, text);
}

void put_field(std::string& out, std::int64_t number) {
  out += '@';
  out += std::to_string(number);
}

void put_time(std::string& out, std::int64_t ns, bool is_hires) {
  out += std::to_string(is_hires ? ns / 1000 : ns / 1'000'000'000);
}

address_parts split_address(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return {address, {}};
  return {address.substr(0, at), address.substr(at + 1)};
}

}  // namespace ec_logger
