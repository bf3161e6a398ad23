#include "mail/address.hpp"

#include "base/cidr.hpp"
#include "base/text.hpp"
#include "mail/domain.hpp"

namespace godwit::mail {
namespace {

// RFC 5321 4.5.3.1 has 64 and 255; longer local parts are common (VERP, forwarding) and harm nobody.
constexpr std::size_t local_part_limit = 256;
constexpr std::size_t domain_limit = 255;

/// RFC 5322 atext, and any byte of UTF-8 (RFC 6531 3.3), whose validity is checked before.
bool is_atext(char c) {
  const auto u = static_cast<unsigned char>(c);
  if (u >= 0x80) return true;
  if ((u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z')) return true;
  return std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view text) {
  bool after_dot = true;
  for (const char c : text) {
    if (c == '.' ? after_dot : !is_atext(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

/// Length of the quoted string at the front of text, 0 when it is malformed.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return 0;
}

/// C0 and C1 controls and DEL have no place in an address, quoted or not.
bool has_controls(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    if (u < 0x20 || u == 0x7F) return true;
    if (u == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

bool is_address_literal(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']') || text.size() < 3) return false;
  const auto inner = text.substr(1, text.size() - 2);
  if (istarts_with(inner, "IPv6:")) {
    const auto six = inner.substr(5);
    return six.find(':') != six.npos && !six.starts_with('[') && ip_address::parse(six);
  }
  const auto four = ip_address::parse(inner);
  return four && inner.find(':') == inner.npos && inner.front() != '[';
}

/// Offset of the "@" that ends the local part; npos when the local part is malformed or nothing follows it.
std::size_t find_separator(std::string_view text) {
  if (text.starts_with('"')) {
    const std::size_t length = quoted_length(text);
    return length > 0 && text.substr(length).starts_with('@') ? length : text.npos;
  }
  const auto at = text.find('@');
  return at != text.npos && is_dot_atom(text.substr(0, at)) ? at : text.npos;
}

}  // namespace

result<address> address::parse(std::string_view text) {
  address out;
  if (text.empty()) return out;
  if (text.size() > local_part_limit + 1 + domain_limit) return fail("address is {} bytes long", text.size());
  if (has_controls(text)) return fail("address holds control characters");
  if (!is_valid_utf8(text)) return fail("address is not valid UTF-8");
  if (iequals(text, "postmaster")) {
    out.text_ = text;
    out.domain_at_ = static_cast<std::uint32_t>(text.size());
    return out;
  }
  const auto at = find_separator(text);
  if (at == text.npos) return fail("'{}' has no valid local part and domain: write user@domain", text);
  if (at > local_part_limit) return fail("local part of '{}' is {} bytes long", text, at);
  const auto host = text.substr(at + 1);
  if (host.size() > domain_limit || !(host.starts_with('[') ? is_address_literal(host) : is_domain(host)))
    return fail("'{}' is not a valid domain", host);
  out.text_ = text;
  out.domain_at_ = static_cast<std::uint32_t>(at + 1);
  return out;
}

std::string_view address::local_part() const {
  const std::string_view text(text_);
  return domain_at_ == text.size() ? text : text.substr(0, domain_at_ == 0 ? 0 : domain_at_ - 1);
}

std::string address::user() const {
  const auto written = local_part();
  if (!written.starts_with('"')) return std::string(written);
  std::string out;
  for (std::size_t i = 1; i + 1 < written.size(); ++i) {
    if (written[i] == '\\') ++i;
    out.push_back(written[i]);
  }
  return out;
}

bool address::is_ascii() const { return godwit::is_ascii(text_); }

}  // namespace godwit::mail
