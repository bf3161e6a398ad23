#include "mail/authentication_results.hpp"

#include <fmt/format.h>

namespace godwit::mail {

namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view special = "()<>@,;:\\\"/[]?= \t\r\n";
  return !text.empty() && text.find_first_of(special) == std::string_view::npos;
}

/// A token, or a local-part@domain, as it is; anything else quoted (RFC 8601 2.2: pvalue).
std::string pvalue(std::string_view text) {
  const auto at = text.find('@');
  if (is_token(text)) return std::string(text);
  if (at != std::string_view::npos && (at == 0 || is_token(text.substr(0, at))) && is_token(text.substr(at + 1))) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\r' || c == '\n') continue;
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string text_in(const value& of, std::string_view key) {
  const auto* v = of.find(key);
  const auto* text = v ? v->as_string() : nullptr;
  return text ? *text : std::string();
}

std::string one_result(const value& r) {
  auto line = text_in(r, "method");
  if (const auto* version = r.find("method_version"); version && version->as_integer()) {
    line += fmt::format("/{}", *version->as_integer());
  }
  line += "=" + text_in(r, "result");
  if (const auto reason = text_in(r, "reason"); !reason.empty()) line += " reason=" + pvalue(reason);
  const auto* props = r.find("props");
  if (!props || !props->as_object()) return line;
  for (const auto& [name, content] : *props->as_object()) {
    if (const auto* text = content.as_string()) line += fmt::format(" {}={}", name, pvalue(*text));
  }
  return line;
}

}  // namespace

std::string authentication_results_value(std::string_view server_id, const value::array& results) {
  std::string out(server_id);
  if (results.empty()) return out + "; none";
  for (const auto& r : results) out += ";\r\n\t" + one_result(r);
  return out;
}

}  // namespace godwit::mail
