#include "mail/received_header.hpp"

#include <fmt/format.h>

namespace godwit::mail {
namespace {

/// The EHLO argument is the peer's: nothing of it may look like a line end or a control.
std::string harmless(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return out;
}

}  // namespace

std::string_view transmission_type(const reception& r) {
  if (r.tls_version.empty()) return r.authenticated ? "ESMTPA" : "ESMTP";
  return r.authenticated ? "ESMTPSA" : "ESMTPS";
}

std::string received_header_value(const message& m, const reception& r) {
  const std::string tls = r.tls_version.empty() ? "" : fmt::format(" ({}:{})", r.tls_version, r.tls_cipher);
  const std::string_view recipient = m.recipients.empty() ? std::string_view() : m.recipients.front().email();
  return fmt::format("from {} ({})\r\n  by {} ({} {}) \r\n  with {}{} id {} for <{}>;\r\n  {}",
                     harmless(r.ehlo_domain), r.peer.text(), r.hostname, r.software, r.local.text(),
                     transmission_type(r), tls, m.id.simple(), recipient, format_rfc2822(r.when));
}

}  // namespace godwit::mail
