#pragma once
// Who is the peer? Its address, and what an Authorization header shows (KumoMTA: HTTP API).

#include <memory>
#include <optional>
#include <string>

#include "base/ttl_cache.hpp"
#include "http/credentials.hpp"
#include "http/message.hpp"
#include "rt/task.hpp"

namespace godwit::http {

/// Judges credentials: the policy's events http_server_validate_auth_basic and http_server_validate_auth_bearer.
class credential_judge {
 public:
  virtual ~credential_judge() = default;
  /// nullopt: refused. Else what is added to the peer's identity, which may be nothing. Throws when it cannot be found
  /// out. On the caller's loop.
  virtual rt::task<std::optional<mail::auth_info>> judge(const credentials& c) = 0;
  virtual std::uint64_t epoch() const = 0;  ///< of the policy: verdicts of another one do not count
};

/// Thread-safe; shared by the listeners.
class authentication {
 public:
  explicit authentication(std::shared_ptr<credential_judge> judge) : judge_(std::move(judge)) {}

  /// Adds to `r.auth` what the credentials show. The result is the reply to send instead (400, 401, 500), if any.
  rt::task<std::optional<response>> identify(request& r);

 private:
  rt::task<std::optional<mail::auth_info>> verdict(const credentials& c);

  std::shared_ptr<credential_judge> judge_;
  ttl_cache<std::optional<mail::auth_info>> verdicts_{4096};  ///< by digest of the credentials
};

}  // namespace godwit::http
