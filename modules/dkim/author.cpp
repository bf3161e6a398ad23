#include "author.hpp"

#include <algorithm>

namespace dkim {

namespace {

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Offset of the last character of the quoted string or comment that begins at `at`.
std::size_t end_of_quoted(std::string_view raw, std::size_t at) {
  const bool is_comment = raw[at] == '(';
  for (std::size_t depth = 1; ++at < raw.size();) {
    if (raw[at] == '\\') {
      ++at;
    } else if (is_comment && raw[at] == '(') {
      ++depth;
    } else if (raw[at] == (is_comment ? ')' : '"') && --depth == 0) {
      return at;
    }
  }
  return raw.size();
}

/// Takes the characters of a field one by one and keeps those of the first address, quoted parts left out.
class first_address {
 public:
  /// False when the address is complete.
  bool take(char c) {
    if (c == '<' || c == ':') return begin_anew(c);  // what came before was a display name, a group or a route
    if (c == '>' && in_angle_) return false;
    if ((c == ',' || c == ';') && !in_angle_) {
      if (text_.find('@') != std::string::npos) return false;
      text_.clear();
      return true;
    }
    if (!is_space(c)) text_ += c;
    return true;
  }
  const std::string& text() const { return text_; }

 private:
  bool begin_anew(char c) {
    text_.clear();
    in_angle_ = in_angle_ || c == '<';
    return true;
  }
  std::string text_;
  bool in_angle_ = false;
};

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_host_name(std::string_view domain) {
  if (domain.empty() || domain.size() > 253 || domain.front() == '.' || domain.back() == '.') return false;
  if (domain.find("..") != std::string_view::npos) return false;
  return std::all_of(domain.begin(), domain.end(), [](char c) { return c == '.' || is_label_character(c); });
}

std::string mailbox_domain(std::string_view raw) {
  first_address address;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '"' || raw[i] == '(') {
      i = end_of_quoted(raw, i);
    } else if (!address.take(raw[i])) {
      break;
    }
  }
  const auto at = address.text().rfind('@');
  if (at == std::string::npos) return {};
  const auto domain = lower_case(std::string_view(address.text()).substr(at + 1));
  return is_host_name(domain) ? domain : std::string();
}

}  // namespace dkim
