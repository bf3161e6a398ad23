#pragma once
// Why a connection to a server is of no use any more.

#include <optional>
#include <string>

#include "mail/response.hpp"

namespace godwit::smtp {

struct client_error {
  enum class kind {
    timed_out,  ///< a phase took too long; the text names the command
    lost,       ///< closed or broken below SMTP
    protocol,   ///< the peer does not speak SMTP as it should
    refused,    ///< the peer said no; see `reply`
    handshake,  ///< TLS could not be agreed on
  };
  kind what = kind::lost;
  std::string text;
  std::optional<mail::response> reply;
};

/// Nothing: it went well.
using client_failure = std::optional<client_error>;

}  // namespace godwit::smtp
