#include "mail/response.hpp"

#include <charconv>

#include <fmt/format.h>

#include "base/text.hpp"

namespace godwit::mail {
namespace {

/// Takes "D.DDD.DDD" and the white space after it from the front of text.
std::optional<enhanced_code> take_enhanced(std::string_view& text) {
  enhanced_code out;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::uint16_t* part : {&out.klass, &out.subject, &out.detail}) {
    if (part != &out.klass && (at == end || *at++ != '.')) return std::nullopt;
    const auto read = std::from_chars(at, end, *part);
    if (read.ec != std::errc() || *part > 999) return std::nullopt;
    at = read.ptr;
  }
  if (at != end && *at != ' ' && *at != '\t' && *at != '\r') return std::nullopt;
  while (at != end && (*at == ' ' || *at == '\t')) ++at;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return out;
}

}  // namespace

std::string enhanced_code::text() const { return fmt::format("{}.{}.{}", klass, subject, detail); }

response response::parse(int code, std::string_view content) {
  response out;
  out.code = code;
  std::string_view rest = content;
  out.enhanced = take_enhanced(rest);
  if (!out.enhanced || out.enhanced->klass != code / 100) {
    out.enhanced.reset();
    out.content = content;
    return out;
  }
  // RFC 2034 4: every line of a reply repeats the code.
  out.content.reserve(rest.size());
  for (;;) {
    const auto end = rest.find("\r\n");
    out.content += rest.substr(0, end);
    if (end == rest.npos) return out;
    out.content += "\r\n";
    rest.remove_prefix(end + 2);
    auto next = rest;
    if (take_enhanced(next) == out.enhanced) rest = next;
  }
}

std::string response::one_line() const {
  const auto text = godwit::one_line(content);
  return enhanced ? fmt::format("{} {} {}", code, enhanced->text(), text) : fmt::format("{} {}", code, text);
}

}  // namespace godwit::mail
