#include "net/self_signed.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace godwit::net {

namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr long day = 24 * 60 * 60;

void set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1);
}

void set_name(X509* certificate, const std::string& host_name) {
  auto* name = X509_get_subject_name(certificate);
  // A common name holds 64 characters at most; the alternative name below holds all of it.
  const auto common = host_name.substr(0, 64);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common.data()),
                             static_cast<int>(common.size()), -1, 0);
  X509_set_issuer_name(certificate, name);
}

bool add_alternative_name(X509* certificate, const std::string& host_name) {
  const auto text = "DNS:" + host_name;
  auto* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, text.c_str());
  if (!extension) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

}  // namespace

result<void> use_self_signed(ssl_ctx_st* context, const std::string& host_name) {
  const key_ptr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const certificate_ptr certificate(X509_new(), X509_free);
  if (!key || !certificate) return fail("self-signed certificate for {}: cannot make a key", host_name);
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day);  // peers with a clock that is behind
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3650 * day);
  set_name(certificate.get(), host_name);
  if (!host_name.empty()) add_alternative_name(certificate.get(), host_name);
  if (X509_set_pubkey(certificate.get(), key.get()) != 1 ||
      X509_sign(certificate.get(), key.get(), EVP_sha256()) == 0 ||
      SSL_CTX_use_certificate(context, certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return fail("self-signed certificate for {}: OpenSSL refused it", host_name);
  }
  return {};
}

}  // namespace godwit::net
