#include "received_hops.hpp"

#include <algorithm>

namespace mail_loop {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Takes a comment or a quoted string, which begins `rest`, off it.
void skip_quoted(std::string_view& rest) {
  const bool is_comment = rest[0] == '(';
  std::size_t depth = 1, at = 1;
  for (; at < rest.size() && depth > 0; ++at) {
    if (rest[at] == '\\') {
      ++at;
    } else if (is_comment && rest[at] == '(') {
      ++depth;
    } else if (rest[at] == (is_comment ? ')' : '"')) {
      --depth;
    }
  }
  rest.remove_prefix(std::min(at, rest.size()));
}

/// The next word of the field, empty at the end of its clauses.
std::string_view next_word(std::string_view& rest) {
  for (;;) {
    while (!rest.empty() && is_space(rest[0])) rest.remove_prefix(1);
    if (rest.empty() || rest[0] == ';') return {};
    if (rest[0] != '(' && rest[0] != '"') break;
    skip_quoted(rest);
  }
  std::size_t size = 0;
  while (size < rest.size() && !is_space(rest[size]) && rest[size] != '(' && rest[size] != '"' && rest[size] != ';') ++size;
  const auto word = rest.substr(0, size);
  rest.remove_prefix(size);
  return word;
}

}  // namespace

std::string_view received_by(std::string_view raw) {
  for (auto word = next_word(raw); !word.empty(); word = next_word(raw))
    if (godwit::sdk::same_name(word, "by")) return next_word(raw);
  return {};
}

hops count_hops(godwit::sdk::message_view m, const std::vector<std::string_view>& own_names) {
  hops n;
  m.each_header([&](std::string_view name, std::string_view raw) {
    if (!godwit::sdk::same_name(name, "Received")) return;
    ++n.all;
    const auto host = received_by(raw);
    n.own += std::any_of(own_names.begin(), own_names.end(),
                         [&](std::string_view own) { return !own.empty() && godwit::sdk::same_name(own, host); });
  });
  return n;
}

}  // namespace mail_loop
