#include "mail/domain.hpp"

#include <idn2.h>

#include <memory>

#include "base/text.hpp"

namespace godwit::mail {
namespace {

constexpr std::size_t name_limit = 255;
constexpr std::size_t label_limit = 63;

bool is_label_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > label_limit || label.front() == '-' || label.back() == '-')
    return false;
  for (const char c : label)
    if (!is_label_byte(c)) return false;
  return true;
}

bool is_ascii_domain(std::string_view text) {
  if (text.size() > name_limit) return false;
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_domain(std::string_view text) {
  if (is_ascii(text)) return is_ascii_domain(text);
  const auto converted = to_ascii_domain(text);
  return converted && is_ascii_domain(*converted);
}

std::optional<std::string> to_ascii_domain(std::string_view text) {
  if (is_ascii(text)) return to_lower(text);
  if (text.size() > name_limit || text.find('\0') != text.npos || !is_valid_utf8(text)) return std::nullopt;
  char* raw = nullptr;
  const std::string terminated(text);
  const int outcome = ::idn2_to_ascii_8z(terminated.c_str(), &raw, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owner(raw, ::idn2_free);
  if (outcome != IDN2_OK) return std::nullopt;
  return to_lower(raw);
}

}  // namespace godwit::mail
