#include "smtp/replies.hpp"

#include <fmt/format.h>

namespace godwit::smtp {

namespace replies {

namespace {
mail::response with_host(int code, std::string_view enhanced, std::string_view host, std::string_view text) {
  return mail::response::parse(code, fmt::format("{} {} {}", enhanced, host, text));
}
}  // namespace

mail::response syntax_error(std::string_view why) {
  return mail::response::parse(501, fmt::format("Syntax error in command or arguments: {}", why));
}
mail::response bad_sender(std::string_view why) {
  return mail::response::parse(501, fmt::format("5.1.7 Invalid sender address syntax: {}", why));
}
mail::response unsupported_parameter(std::string_view which) {
  return mail::response::parse(555, fmt::format("5.5.4 parameter {} is not supported", which));
}
mail::response auth_needs_tls(std::string_view mechanism) {
  return mail::response::parse(524, fmt::format("5.7.11 AUTH {} requires an encrypted channel", mechanism));
}
mail::response auth_unknown(std::string_view mechanism) {
  return mail::response::parse(504, fmt::format("5.5.4 AUTH {} not supported", mechanism));
}
mail::response too_many_connections(std::string_view host) {
  return with_host(421, "4.3.2", host, "too many concurrent sessions. Try later");
}
mail::response shutting_down(std::string_view host) { return with_host(421, "4.3.2", host, "shutting down"); }
mail::response idle_too_long(std::string_view host) { return with_host(421, "4.3.2", host, "idle too long"); }
mail::response technical_difficulties(std::string_view host) {
  return with_host(421, "4.3.0", host, "technical difficulties");
}
mail::response too_many_messages(std::string_view host) {
  return with_host(421, "4.5.3", host, "too many messages on this connection");
}
mail::response too_many_errors(std::string_view host) {
  return with_host(421, "4.7.0", host, "too many errors on this connection");
}

}  // namespace replies

namespace {

void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) out += c == '\r' || c == '\n' ? ' ' : c;
}

}  // namespace

void append_line(std::string& out, int code, char separator, std::string_view text) {
  fmt::format_to(std::back_inserter(out), "{:03}{}", code, separator);
  append_printable(out, text);
  out += "\r\n";
}

void append_reply(std::string& out, const canned_reply& reply) {
  append_line(out, reply.code, ' ', reply.text);
}

void append_reply(std::string& out, const mail::response& reply) {
  std::string_view rest = reply.content;
  if (rest.ends_with("\r\n")) rest.remove_suffix(2);
  for (;;) {
    const auto end = rest.find("\r\n");
    const bool is_last = end == std::string_view::npos;
    fmt::format_to(std::back_inserter(out), "{:03}{}", reply.code, is_last ? ' ' : '-');
    if (reply.enhanced) fmt::format_to(std::back_inserter(out), "{} ", reply.enhanced->text());
    append_printable(out, rest.substr(0, end));
    out += "\r\n";
    if (is_last) return;
    rest.remove_prefix(end + 2);
  }
}

}  // namespace godwit::smtp
