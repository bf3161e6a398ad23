#pragma once
// Private and public keys of DKIM: RSA and Ed25519 (RFC 6376, RFC 8463).

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dkim {

enum class algorithm { rsa_sha256, ed25519_sha256 };
std::string_view algorithm_name(algorithm a);  ///< "rsa-sha256"

struct release_key {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
/// Immutable once made; may be used on several threads at once.
using key_ref = std::shared_ptr<EVP_PKEY>;

/// A parsed key or the reason why it is none.
struct key_result {
  key_ref key;
  std::string problem;
};

/// PEM (PKCS#1 or PKCS#8) or PKCS#8 DER, version 1 or 2.
key_result parse_private_key(std::string_view bytes, algorithm of);
/// p= of a key record, decoded: SubjectPublicKeyInfo or PKCS#1 for RSA, 32 raw bytes for Ed25519.
key_result parse_public_key(std::string_view der, algorithm of);
int key_bits(const key_ref& key);

/// Signature over `data`: RSA signs SHA-256 of it; Ed25519 signs its SHA-256 digest. Empty on failure.
std::string sign(const key_ref& key, algorithm how, std::string_view data);
bool verify(const key_ref& key, algorithm how, std::string_view data, std::string_view signature);

}  // namespace dkim
