#include "key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "digest.hpp"

namespace dkim {

namespace {

const unsigned char* data_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

key_ref own(EVP_PKEY* key) { return key_ref(key, release_key{}); }

key_ref read_pem(std::string_view bytes) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free);
  // A passphrase callback that refuses: without it OpenSSL would ask the terminal.
  return own(PEM_read_bio_PrivateKey(in.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr));
}

key_ref read_der(std::string_view bytes) {
  const auto* at = data_of(bytes);
  return own(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(bytes.size())));
}

/// PKCS#8 version 2 (RFC 5958) carries the public key too, which OpenSSL 3.0 does not read: take the seed out.
key_ref read_ed25519_v2(std::string_view der) {
  static constexpr std::string_view seed_header("\x04\x22\x04\x20", 4);
  const auto at = der.find(seed_header);
  if (at == std::string_view::npos || der.size() < at + 36) return nullptr;
  return own(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, data_of(der.substr(at + 4)), 32));
}

int type_of(algorithm a) { return a == algorithm::rsa_sha256 ? EVP_PKEY_RSA : EVP_PKEY_ED25519; }

using context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

}  // namespace

std::string_view algorithm_name(algorithm a) { return a == algorithm::rsa_sha256 ? "rsa-sha256" : "ed25519-sha256"; }

key_result parse_private_key(std::string_view bytes, algorithm of) {
  key_ref key;
  if (bytes.find("-----BEGIN") != std::string_view::npos) {
    key = read_pem(bytes);
  } else {
    key = read_der(bytes);
    if (!key && of == algorithm::ed25519_sha256) key = read_ed25519_v2(bytes);
  }
  ERR_clear_error();
  if (!key) return {nullptr, "the private key is neither PEM nor PKCS#8 DER"};
  if (EVP_PKEY_get_base_id(key.get()) != type_of(of)) {
    return {nullptr, std::string("the private key is not for ") + std::string(algorithm_name(of))};
  }
  return {key, {}};
}

key_result parse_public_key(std::string_view der, algorithm of) {
  key_ref key;
  if (of == algorithm::ed25519_sha256) {
    if (der.size() == 32) key = own(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data_of(der), 32));
  } else {
    const auto* at = data_of(der);
    key = own(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    if (!key) {  // RFC 6376 3.6.1 says RSAPublicKey; most publish SubjectPublicKeyInfo
      at = data_of(der);
      key = own(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at, static_cast<long>(der.size())));
    }
  }
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != type_of(of)) return {nullptr, "the public key cannot be read"};
  return {key, {}};
}

int key_bits(const key_ref& key) { return EVP_PKEY_get_bits(key.get()); }

std::string sign(const key_ref& key, algorithm how, std::string_view data) {
  const context ctx(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const EVP_MD* md = how == algorithm::rsa_sha256 ? EVP_sha256() : nullptr;
  std::string digest;
  if (how == algorithm::ed25519_sha256) {
    sha256 hash;
    hash.update(data);
    digest = hash.finish();
    data = digest;
  }
  if (EVP_DigestSignInit(ctx.get(), nullptr, md, nullptr, key.get()) != 1) return {};
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
  std::string signature(size, '\0');
  if (EVP_DigestSign(ctx.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data_of(data), data.size()) != 1) {
    ERR_clear_error();
    return {};
  }
  signature.resize(size);
  return signature;
}

bool verify(const key_ref& key, algorithm how, std::string_view data, std::string_view signature) {
  const context ctx(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const EVP_MD* md = how == algorithm::rsa_sha256 ? EVP_sha256() : nullptr;
  std::string digest;
  if (how == algorithm::ed25519_sha256) {
    sha256 hash;
    hash.update(data);
    digest = hash.finish();
    data = digest;
  }
  const bool good = EVP_DigestVerifyInit(ctx.get(), nullptr, md, nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(ctx.get(), data_of(signature), signature.size(), data_of(data), data.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace dkim
