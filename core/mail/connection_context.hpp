#pragma once
// Metadata of one inbound connection: conn_meta in Lua, copied into each message (KumoMTA: messages).

#include <string>
#include <vector>

#include "base/cidr.hpp"
#include "base/uuid.hpp"
#include "base/value.hpp"

namespace godwit::mail {

/// Who the peer has shown to be (reference: kumo.aaa AuthInfo).
struct auth_info {
  struct identity {
    std::string identity;
    std::string context;  ///< SmtpAuthPlainAuthorization, SmtpAuthPlainAuthentication, …
  };
  std::vector<identity> identities;
  std::vector<std::string> groups;
};

/// Owned by the session; scripts hold it through shared_ptr and use it on the session's loop only.
struct connection_context {
  object meta;
  auth_info auth;
  ip_endpoint peer;  ///< after PROXY or XCLIENT
  ip_endpoint local;
  uuid session_id;
};

}  // namespace godwit::mail
