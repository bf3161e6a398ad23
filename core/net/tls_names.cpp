#include "net/tls_names.hpp"

#include <openssl/ssl.h>

#include <array>

#include "base/text.hpp"

namespace godwit::net {

namespace {

struct flag {
  std::string_view name;
  std::uint64_t bits;
};

// Flags that OpenSSL 3 no longer acts on stay accepted: policies name them.
constexpr auto flags = std::to_array<flag>({
    {"ALL", SSL_OP_ALL},
    {"NO_QUERY_MTU", SSL_OP_NO_QUERY_MTU},
    {"COOKIE_EXCHANGE", SSL_OP_COOKIE_EXCHANGE},
    {"NO_TICKET", SSL_OP_NO_TICKET},
    {"NO_SESSION_RESUMPTION_ON_RENEGOTIATION", SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION},
    {"NO_COMPRESSION", SSL_OP_NO_COMPRESSION},
    {"ALLOW_UNSAFE_LEGACY_RENEGOTIATION", SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION},
    {"SINGLE_ECDH_USE", SSL_OP_SINGLE_ECDH_USE},
    {"SINGLE_DH_USE", SSL_OP_SINGLE_DH_USE},
    {"TLS_ROLLBACK_BUG", SSL_OP_TLS_ROLLBACK_BUG},
    {"NO_SSLV2", SSL_OP_NO_SSLv2},
    {"NO_SSLV3", SSL_OP_NO_SSLv3},
    {"NO_TLSV1", SSL_OP_NO_TLSv1},
    {"NO_TLSV1_1", SSL_OP_NO_TLSv1_1},
    {"NO_TLSV1_2", SSL_OP_NO_TLSv1_2},
    {"NO_TLSV1_3", SSL_OP_NO_TLSv1_3},
    {"NO_DTLSV1", SSL_OP_NO_DTLSv1},
    {"NO_DTLSV1_2", SSL_OP_NO_DTLSv1_2},
    {"NO_RENEGOTIATION", SSL_OP_NO_RENEGOTIATION},
    {"ENABLE_MIDDLEBOX_COMPAT", SSL_OP_ENABLE_MIDDLEBOX_COMPAT},
});

struct suite {
  std::string_view rustls;
  std::string_view openssl;
  bool is_tls13;
};

constexpr auto suites = std::to_array<suite>({
    {"TLS13_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", true},
    {"TLS13_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", true},
    {"TLS13_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", true},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", false},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", false},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", false},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", false},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", false},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", false},
});

template <class Table, class Name>
error unknown(const char* what, std::string_view given, const Table& table, Name name) {
  std::vector<std::string> known;
  for (const auto& row : table) known.emplace_back(name(row));
  const auto near = nearest(given, known);
  if (near.empty()) return fail("unknown {} {}", what, given);
  return fail("unknown {} {}; did you mean {}?", what, given, near);
}

}  // namespace

result<std::uint64_t> parse_tls_options(std::string_view names) {
  std::uint64_t mask = 0;
  for (auto name : split(names, '|')) {
    name = trim(name);
    if (name.empty()) continue;
    const auto found =
        std::find_if(flags.begin(), flags.end(), [&](const flag& f) { return f.name == name; });
    if (found == flags.end())
      return unknown("OpenSSL option", name, flags, [](const flag& f) { return f.name; });
    mask |= found->bits;
  }
  return mask;
}

result<tls_suites> map_suites(const std::vector<std::string>& names) {
  tls_suites mapped;
  for (const auto& name : names) {
    const auto found =
        std::find_if(suites.begin(), suites.end(), [&](const suite& s) { return s.rustls == name; });
    if (found == suites.end())
      return unknown("cipher suite", name, suites, [](const suite& s) { return s.rustls; });
    auto& into = found->is_tls13 ? mapped.suites : mapped.list;
    if (!into.empty()) into += ':';
    into += found->openssl;
  }
  return mapped;
}

}  // namespace godwit::net
