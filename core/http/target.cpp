#include "http/target.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace godwit::http {

namespace {

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const auto byte = hex_decode(text.substr(i + 1, 2));
      if (!byte || byte->empty()) return std::nullopt;
      c = byte->front();
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') return std::nullopt;
    out.push_back(c);
  }
  return out;
}

std::string_view without_host(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!istarts_with(text, scheme)) continue;
    const auto path = text.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? std::string_view("/") : text.substr(path);
  }
  return text;
}

}  // namespace

std::optional<header_list> parse_query(std::string_view text) {
  header_list all;
  for (const auto part : split(text, '&')) {
    if (part.empty()) continue;
    const auto equals = part.find('=');
    auto name = decode(part.substr(0, equals), true);
    auto content = equals == std::string_view::npos ? std::string() : decode(part.substr(equals + 1), true);
    if (!name || !content) return std::nullopt;
    all.emplace_back(std::move(*name), std::move(*content));
  }
  return all;
}

std::optional<target> parse_target(std::string_view text) {
  text = without_host(text);
  const auto mark = text.find('?');
  auto path = decode(text.substr(0, mark), false);
  if (!path) return std::nullopt;
  if (path->empty() && mark == 0) *path = "/";
  if (path->empty() || path->front() != '/') return std::nullopt;
  auto query = mark == std::string_view::npos ? header_list() : parse_query(text.substr(mark + 1));
  if (!query) return std::nullopt;
  return target{std::move(*path), std::move(*query)};
}

}  // namespace godwit::http
