#include "mime/header.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace godwit::mime {
namespace {

bool is_wsp(char c) { return c == ' ' || c == '\t'; }

/// Past the line end of the line that starts at `at`; the size of the text when it has none.
std::size_t line_end(std::string_view text, std::size_t at) {
  const void* found = std::memchr(text.data() + at, '\n', text.size() - at);
  return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) + 1 : text.size();
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  return line;
}

std::string_view trim_wsp(std::string_view text) {
  while (!text.empty() && is_wsp(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_wsp(text.back())) text.remove_suffix(1);
  return text;
}

/// Removes one line end from the front; false when there is none.
bool take_line_end(std::string_view& text) {
  if (text.empty() || (text.front() != '\r' && text.front() != '\n')) return false;
  text.remove_prefix(text.starts_with("\r\n") ? 2 : 1);
  return true;
}

}  // namespace

bool header_field::is(std::string_view wanted) const { return iequals(name, wanted); }

std::optional<header_field> header_cursor::next() {
  if (at_ >= text_.size()) return std::nullopt;
  std::size_t end = line_end(text_, at_);
  if (without_line_end(text_.substr(at_, end - at_)).empty() && text_[end - 1] == '\n') return std::nullopt;
  while (end < text_.size() && is_wsp(text_[end])) end = line_end(text_, end);

  header_field field;
  field.begin = at_;
  field.end = at_ = end;
  const auto whole = without_line_end(text_.substr(field.begin, field.end - field.begin));
  const auto first_line = whole.substr(0, whole.find('\n'));
  const auto colon = is_wsp(whole.front()) ? whole.npos : first_line.find(':');
  field.value = whole;
  if (colon != whole.npos) {
    field.name = trim_wsp(whole.substr(0, colon));  // RFC 5322 4.5: white space before the colon is obsolete
    field.value = whole.substr(colon + 1);
  }
  return field;
}

header_extent find_header_end(std::string_view text) {
  header_cursor cursor(text);
  while (cursor.next()) {
  }
  const std::size_t end = cursor.offset();
  return {end, end < text.size() ? line_end(text, end) : end};
}

std::optional<header_field> find_first(std::string_view text, std::string_view name) {
  header_cursor cursor(text);
  while (auto field = cursor.next())
    if (field->is(name)) return field;
  return std::nullopt;
}

std::vector<header_field> find_all(std::string_view text, std::string_view name) {
  std::vector<header_field> found;
  for (const auto& field : header_fields(text))
    if (field.is(name)) found.push_back(field);
  return found;
}

std::string unfold(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size(); ++at) {
    const bool is_crlf = raw[at] == '\r' && at + 1 < raw.size() && raw[at + 1] == '\n';
    if (raw[at] != '\n' && !is_crlf) out.push_back(raw[at]);
  }
  return std::string(trim_wsp(out));
}

std::string make_field(std::string_view name, std::string_view value) {
  std::string out;
  out.reserve(name.size() + value.size() + 4);
  for (const char c : name)
    if (c > ' ' && c < 127 && c != ':') out.push_back(c);
  out += ": ";
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  while (!value.empty()) {
    bool folded = false;
    while (take_line_end(value)) folded = true;
    if (folded) {
      out += "\r\n";
      if (!is_wsp(value.front())) out.push_back('\t');
    }
    // Not find_first_of(), which calls memchr() for each character.
    const auto end = std::find_if(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n'; });
    const auto run = value.substr(0, static_cast<std::size_t>(end - value.begin()));
    out += run;
    value.remove_prefix(run.size());
  }
  out += "\r\n";
  return out;
}

}  // namespace godwit::mime
