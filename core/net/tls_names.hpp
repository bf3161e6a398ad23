#pragma once
// Names that policies use for TLS settings, as OpenSSL takes them.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace godwit::net {

/// "NO_TLSV1|NO_TLSV1_1" as a mask of SSL_OP_ flags.
result<std::uint64_t> parse_tls_options(std::string_view names);

struct tls_suites {
  std::string list;    ///< up to TLS 1.2, OpenSSL names
  std::string suites;  ///< TLS 1.3
};
/// From rustls names (TLS13_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256).
result<tls_suites> map_suites(const std::vector<std::string>& names);

}  // namespace godwit::net
