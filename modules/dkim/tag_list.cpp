#include "tag_list.hpp"

namespace dkim {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || !letter(name.front())) return false;
  for (const char c : name) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

}  // namespace

std::optional<tag_list> tag_list::parse(std::string_view text) {
  tag_list list;
  while (!text.empty()) {
    const auto semicolon = text.find(';');
    const auto spec = trim(text.substr(0, semicolon));
    text = semicolon == std::string_view::npos ? std::string_view{} : text.substr(semicolon + 1);
    if (spec.empty() && trim(text).empty()) break;  // a closing semicolon
    const auto equals = spec.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const auto name = trim(spec.substr(0, equals));
    if (!is_name(name) || list.find(name)) return std::nullopt;
    list.tags_.emplace_back(name, trim(spec.substr(equals + 1)));
  }
  return list;
}

const std::string* tag_list::find(std::string_view name) const {
  for (const auto& [key, content] : tags_) {
    if (key == name) return &content;
  }
  return nullptr;
}

std::string tag_list::compact(std::string_view name) const {
  const auto* content = find(name);
  return content ? without_space(*content) : std::string();
}

std::string without_space(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!is_space(c)) out += c;
  }
  return out;
}

std::vector<std::string> split_colons(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto colon = text.find(':');
    std::string part(trim(text.substr(0, colon)));
    for (auto& c : part) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c + 32) : c;
    parts.push_back(std::move(part));
    if (colon == std::string_view::npos) return parts;
    text.remove_prefix(colon + 1);
  }
}

}  // namespace dkim
