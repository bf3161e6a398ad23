#pragma once
// Where a Redis server is, as its URL says.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace redis {

struct endpoint {
  std::string host;
  std::uint16_t port = 6379;
  auto operator<=>(const endpoint&) const = default;
};

struct server {
  enum class transport { tcp, tls, unix_socket };
  transport via = transport::tcp;
  bool is_verified = true;  ///< tls: the certificate is checked; "#insecure" says not to
  endpoint at;
  std::string path;  ///< unix_socket
  std::int64_t database = 0;
  std::optional<std::string> username, password;
  int protocol = 2;  ///< RESP version: "?protocol=resp3"

  /// For logs, labels and error texts: without user and password.
  std::string name() const;
};

/// {redis|rediss|valkey|valkeys}://[USER][:PASSWORD@]HOST[:PORT][/DB][?protocol=resp2|resp3][#insecure], or
/// {unix|redis+unix|valkey+unix}:///PATH[?db=N&user=U&pass=P&protocol=…]. Throws failure saying what is
/// wrong, without repeating a password.
server parse_server(std::string_view url);

}  // namespace redis
