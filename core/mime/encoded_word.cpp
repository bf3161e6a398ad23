#include "mime/encoded_word.hpp"

#include <algorithm>
#include <optional>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "mime/charset.hpp"
#include "mime/header.hpp"

namespace godwit::mime {
namespace {

constexpr std::size_t line_limit = 75;
/// Longer words than RFC 2047 allows exist; without any limit a header full of beginnings would be searched
/// over and over.
constexpr std::size_t word_limit = 1024;
constexpr std::string_view word_start = "=?utf-8?B?", word_end = "?=";

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t") == text.npos; }

std::optional<std::string> decode_q(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '=') {
      out.push_back(text[i] == '_' ? ' ' : text[i]);
      continue;
    }
    const auto byte = hex_decode(text.substr(i + 1, 2));
    if (!byte || byte->empty()) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

/// The encoded word at the front of `text`, decoded; `length` is what it takes there.
std::optional<std::string> decode_word(std::string_view text, std::size_t& length) {
  text = text.substr(0, word_limit);
  const auto charset_end = text.find('?', 2);
  if (charset_end == text.npos || charset_end + 3 >= text.size() || text[charset_end + 2] != '?')
    return std::nullopt;
  const auto end = text.find("?=", charset_end + 3);
  if (end == text.npos) return std::nullopt;
  const auto language = text.substr(0, charset_end).find('*');  // RFC 2231 5
  const auto charset = text.substr(2, std::min(language, charset_end) - 2);
  const auto payload = text.substr(charset_end + 3, end - charset_end - 3);
  if (payload.find_first_of(" \t") != payload.npos) return std::nullopt;
  std::optional<std::string> bytes;
  switch (text[charset_end + 1] | 32) {
    case 'b':
      bytes = base64_decode(payload);
      break;
    case 'q':
      bytes = decode_q(payload);
      break;
    default:
      break;
  }
  if (!bytes) return std::nullopt;
  length = end + 2;
  return to_utf8(charset, *bytes);
}

bool is_printable(std::string_view word) {
  for (const char c : word)
    if (c < ' ' || c == 127) return false;  // high bytes are negative
  return word.find("=?") == word.npos;
}

/// Cuts text into encoded words of at most a line each, never inside a character.
void append_encoded(std::string_view text, std::size_t& column, std::string& out) {
  while (!text.empty()) {
    const std::size_t overhead = word_start.size() + word_end.size();
    const std::size_t room =
        column + overhead + 8 < line_limit ? (line_limit - column - overhead) / 4 * 3 : 0;
    std::size_t take = 0;
    while (take < text.size()) {
      const std::size_t length = std::max<std::size_t>(1, utf8_sequence_length(text.substr(take)));
      if (take + length > room) break;
      take += length;
    }
    if (take > 0) {
      const std::string coded = base64_encode(text.substr(0, take));
      out.append(word_start).append(coded).append(word_end);
      column += overhead + coded.size();
      text.remove_prefix(take);
    }
    if (text.empty()) return;
    out += "\r\n ";
    column = 1;
  }
}

/// From the first word that needs encoding to the last: white space between encoded words would be lost, so
/// what lies between is encoded too. Empty, at the end, when none does.
std::pair<std::size_t, std::size_t> part_to_encode(std::string_view text) {
  std::size_t first = text.size(), last = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (!is_printable(text.substr(at, end - at))) {
      first = std::min(first, at);
      last = end;
    }
    at = end + 1;
  }
  return {first, last};
}

void append_folded(std::string_view text, std::size_t& column, std::string& out) {
  while (!text.empty()) {
    const auto word = text.substr(0, text.find(' ', 1));  // with the space before it
    if (word.front() == ' ' && word.size() > 1 && column + word.size() > line_limit) {
      out += "\r\n";
      column = 0;
    }
    out += word;
    column += word.size();
    text.remove_prefix(word.size());
  }
}

}  // namespace

std::string decode_words(std::string_view text) {
  std::string out;
  bool after_word = false;
  while (!text.empty()) {
    const auto start = text.find("=?");
    const auto plain = text.substr(0, start);
    std::size_t length = 0;
    const auto word = start == text.npos ? std::nullopt : decode_word(text.substr(start), length);
    // RFC 2047 6.2: white space between two encoded words is not shown.
    if (!(after_word && word && is_blank(plain))) out += plain;
    if (start == text.npos) break;
    out += word ? std::string_view(*word) : std::string_view("=?");
    after_word = word.has_value();
    text.remove_prefix(start + (word ? length : 2));
  }
  return out;
}

std::string decode_value(std::string_view raw) { return decode_words(unfold(raw)); }

std::string encode_value(std::string_view text, std::size_t used) {
  std::string out;
  std::size_t column = used;
  const auto [first, last] = part_to_encode(text);
  append_folded(text.substr(0, first), column, out);
  append_encoded(text.substr(first, last - first), column, out);
  append_folded(text.substr(last), column, out);
  return out;
}

}  // namespace godwit::mime
