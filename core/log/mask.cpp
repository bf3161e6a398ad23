#include "log/mask.hpp"

#include "base/text.hpp"

namespace godwit::log {
namespace {

/// What announces a secret; the first letters are compared in lower case.
constexpr std::string_view announcements[] = {"password=",
                                              "password: ",
                                              "passwd=",
                                              "secret=",
                                              "secret: ",
                                              "token=",
                                              "api_key=",
                                              "auth plain ",
                                              "auth login ",
                                              "authorization: basic ",
                                              "authorization: bearer "};

bool ends_word(char c) {
  return c == ' ' || c == ',' || c == ';' || c == '&' || c == '"' || c == '\'' || c == '\r' || c == '\n';
}

/// Length of the announcement that starts at the front of text, 0 when none does.
std::size_t announced(std::string_view text) {
  for (const auto what : announcements)
    if (istarts_with(text, what)) return what.size();
  return 0;
}

bool may_announce(char c) {
  const char l = static_cast<char>(c | 32);
  return l == 'p' || l == 's' || l == 't' || l == 'a';
}

}  // namespace

std::string mask_secrets(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = may_announce(text[at]) ? announced(text.substr(at)) : 0;
    if (length == 0) {
      out.push_back(text[at++]);
      continue;
    }
    out += text.substr(at, length);
    at += length;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) out.push_back(text[at++]);
    const std::size_t start = at;
    while (at < text.size() && !ends_word(text[at])) ++at;
    if (at > start) out += "***";
  }
  return out;
}

}  // namespace godwit::log
