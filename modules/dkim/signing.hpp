#pragma once
// A message while it is signed: split once, then signed by any number of signers, and timed.

#include <cstdint>
#include <string>

#include <godwit/message.hpp>
#include <godwit/metrics.hpp>

#include "message_parts.hpp"
#include "signer.hpp"

namespace dkim {

/// Shared by all that signs. Any thread.
struct sign_metrics {
  godwit::sdk::histogram parse{"dkim_signer_message_parse", "Splitting of a message into header fields and body."};
  godwit::sdk::histogram sign{"dkim_signer_sign", "Making of a signature."};
};

/// Views the message, which must not change meanwhile.
class signing {
 public:
  signing(godwit::sdk::message_view m, sign_metrics& times);
  /// As signer::sign().
  std::string sign_with(const signer& s) const;

 private:
  sign_metrics& times_;
  message_parts parts_;
  std::int64_t now_;
};

}  // namespace dkim
