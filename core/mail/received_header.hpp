#pragma once
// The Received header of an accepted message (RFC 5321 4.4, KumoMTA: SMTP server). Pure: the caller gives the
// clock.

#include <string>
#include <string_view>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "mail/message.hpp"

namespace godwit::mail {

/// How a message came in. Views: used during the call only.
struct reception {
  std::string_view ehlo_domain;
  ip_address peer;
  std::string_view hostname;  ///< ours
  ip_address local;
  std::string_view tls_version;  ///< empty without TLS
  std::string_view tls_cipher;
  bool authenticated = false;
  wall_time when;
  std::string_view software = "KumoMTA";  ///< the name the reference gives, which log parsers look for
};

/// ESMTP, ESMTPS, ESMTPA, ESMTPSA (RFC 3848).
std::string_view transmission_type(const reception& r);
/// What follows "Received: ", folded; fit for message::prepend_header.
std::string received_header_value(const message& m, const reception& r);

}  // namespace godwit::mail
