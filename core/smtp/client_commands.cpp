#include "smtp/client_commands.hpp"

#include <fmt/compile.h>

#include <algorithm>

#include "base/text.hpp"
#include "mail/domain.hpp"

namespace godwit::smtp {
namespace {

bool is_ascii_with_a_labels(const mail::address& a) {
  return a.is_ascii() || (is_ascii(a.local_part()) && mail::to_ascii_domain(a.domain()));
}

void append_address(std::string& out, const mail::address& a, const client_capabilities& offered) {
  const auto domain = offered.smtputf8 || a.is_ascii() ? std::nullopt : mail::to_ascii_domain(a.domain());
  if (domain) {
    out.append(a.local_part()).append("@").append(*domain);
  } else {
    out += a.email();
  }
  out += '>';
}

template <class Predicate>
bool any_address(const mail::message& m, Predicate p) {
  return p(m.sender) || std::any_of(m.recipients.begin(), m.recipients.end(), p);
}

}  // namespace

void client_commands::clear() {
  text_.clear();
  commands_.clear();
}

void client_commands::add(command_verb verb, std::size_t begin, std::size_t recipient) {
  text_ += "\r\n";
  commands_.push_back({verb, begin, text_.size(), recipient});
}

void client_commands::build(const mail::message& m, std::span<const std::size_t> recipients, bool reset_first,
                            ending last, const client_capabilities& offered) {
  clear();
  const auto out = std::back_inserter(text_);
  if (reset_first) {
    text_ += "RSET";
    add(command_verb::rset, 0);
  }
  std::size_t begin = text_.size();
  text_ += "MAIL FROM:<";
  append_address(text_, m.sender, offered);
  if (offered.size) fmt::format_to(out, FMT_COMPILE(" SIZE={}"), chunk_size(m.content));
  if (offered.eight_bit_mime && is_8bit(m.content)) text_ += " BODY=8BITMIME";
  if (offered.smtputf8 && has_utf8_envelope(m)) text_ += " SMTPUTF8";
  add(command_verb::mail, begin);
  for (const std::size_t i : recipients) {
    begin = text_.size();
    text_ += "RCPT TO:<";
    append_address(text_, m.recipients[i], offered);
    add(command_verb::rcpt, begin, i);
  }
  begin = text_.size();
  if (last == ending::data) {
    text_ += "DATA";
    add(command_verb::data, begin);
  } else if (last == ending::bdat) {
    fmt::format_to(out, FMT_COMPILE("BDAT {} LAST"), chunk_size(m.content));
    add(command_verb::bdat, begin);
  }
}

std::string client_commands::summary() const {
  std::string out;
  for (const auto& c : commands_) {
    if (!out.empty()) out += ", ";
    out += line(c);
  }
  return out;
}

bool is_8bit(const mail::content& c) { return (c.base && c.base->is_8bit) || !is_ascii(c.prefix); }

bool has_utf8_envelope(const mail::message& m) {
  return any_address(m, [](const mail::address& a) { return !a.is_ascii(); });
}

bool needs_smtputf8(const mail::message& m) {
  return any_address(m, [](const mail::address& a) { return !is_ascii_with_a_labels(a); });
}

bool ends_in_crlf(const mail::content& c) {
  if (c.base && !c.base->bytes.empty()) return c.base->bytes.ends_with("\r\n");
  return c.prefix.ends_with("\r\n");
}

std::size_t chunk_size(const mail::content& c) { return c.size() + (ends_in_crlf(c) ? 0 : 2); }

bool needs_stuffing(const mail::content& c) {
  return (c.base && c.base->needs_stuffing) || c.prefix.starts_with('.') || c.prefix.find("\n.") != std::string::npos;
}

namespace {

/// `at_line_start` carries over from piece to piece.
void stuff_piece(std::string_view piece, bool& at_line_start, std::string& out) {
  if (piece.empty()) return;
  if (at_line_start && piece.front() == '.') out += '.';
  std::size_t from = 0;
  for (std::size_t at; (at = piece.find("\n.", from)) != std::string_view::npos; from = at + 1) {
    out.append(piece, from, at + 1 - from).push_back('.');
  }
  out.append(piece, from);
  at_line_start = piece.back() == '\n';
}

}  // namespace

void stuff(const mail::content& c, std::string& out) {
  out.clear();
  out.reserve(c.size() + c.size() / 32);
  bool at_line_start = true;
  stuff_piece(c.prefix, at_line_start, out);
  if (c.base) stuff_piece(c.base->bytes, at_line_start, out);
}

}  // namespace godwit::smtp
