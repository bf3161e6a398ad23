#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/json.hpp"
#include "net/self_signed.hpp"
#include "net/tls_names.hpp"

namespace godwit::net {

namespace {

using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using bio_ptr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  std::string text = reason ? reason : "unknown reason";
  ERR_clear_error();
  return text;
}

bio_ptr memory(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

x509_ptr next_certificate(BIO* pem) { return {PEM_read_bio_X509(pem, nullptr, nullptr, nullptr), X509_free}; }

/// The first certificate is ours, the others are its chain.
result<void> use_certificate(SSL_CTX* context, const std::string& pem) {
  const auto bio = memory(pem);
  const auto own = next_certificate(bio.get());
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) {
    return fail("certificate is not usable PEM: {}", openssl_reason());
  }
  while (auto link = next_certificate(bio.get())) SSL_CTX_add1_chain_cert(context, link.get());
  ERR_clear_error();  // the end of the text is reported as an error
  return {};
}

result<void> use_key(SSL_CTX* context, const std::string& pem) {
  const auto bio = memory(pem);
  // No pass phrase: nobody is there to type it.
  const auto no_phrase = [](char*, int, int, void*) { return 0; };
  const pkey_ptr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_phrase, nullptr), EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return fail("private key is not usable PEM or does not belong to the certificate: {}", openssl_reason());
  }
  return {};
}

result<void> use_identity(SSL_CTX* context, const value& certificate, const value& key) {
  auto certificate_pem = load_key_source(certificate);
  if (!certificate_pem) return fail("tls_certificate: {}", certificate_pem.why().text);
  // One file may hold both.
  auto key_pem = key.is_null() ? certificate_pem : load_key_source(key);
  if (!key_pem) return fail("tls_private_key: {}", key_pem.why().text);
  if (auto used = use_certificate(context, *certificate_pem); !used)
    return fail("tls_certificate: {}", used.why().text);
  if (auto used = use_key(context, *key_pem); !used) return fail("tls_private_key: {}", used.why().text);
  return {};
}

result<void> trust(SSL_CTX* context, const value& ca, bool announce) {
  auto pem = load_key_source(ca);
  if (!pem) return fail("CA bundle: {}", pem.why().text);
  const auto bio = memory(*pem);
  auto* store = SSL_CTX_get_cert_store(context);
  std::size_t count = 0;
  while (auto certificate = next_certificate(bio.get())) {
    X509_STORE_add_cert(store, certificate.get());
    if (announce) SSL_CTX_add_client_CA(context, certificate.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return fail("CA bundle holds no PEM certificate");
  return {};
}

context_ptr make(const SSL_METHOD* method) {
  context_ptr context(SSL_CTX_new(method), SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  return context;
}

result<void> use_ciphers(SSL_CTX* context, const tls_client_options& o) {
  auto mapped = map_suites(o.suites);
  if (!mapped) return mapped.why();
  const auto& list = o.cipher_list.empty() ? mapped->list : o.cipher_list;
  const auto& suites = o.cipher_suites.empty() ? mapped->suites : o.cipher_suites;
  if (!list.empty() && SSL_CTX_set_cipher_list(context, list.c_str()) != 1) {
    return fail("openssl_cipher_list {}: {}", list, openssl_reason());
  }
  if (!suites.empty() && SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1) {
    return fail("openssl_cipher_suites {}: {}", suites, openssl_reason());
  }
  // A list of rustls suites is complete: a version without one of its suites is not offered.
  if (!o.suites.empty() && list.empty()) SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  if (!o.suites.empty() && suites.empty()) SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
  return {};
}

/// Everything a context is made of; secrets stay in memory that holds them anyway.
std::string key_of(const value::array& parts) { return json::write(value(parts)); }

}  // namespace

tls_context::~tls_context() { SSL_CTX_free(ctx_); }

result<tls_context_ref> tls_context::make_server(const tls_server_options& o) {
  auto context = make(TLS_server_method());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context.get(), 1);
  static constexpr unsigned char session_context[] = "godwit";
  SSL_CTX_set_session_id_context(context.get(), session_context, sizeof session_context - 1);
  if (o.certificate.is_null() && !o.private_key.is_null())
    return fail("tls_private_key is set without tls_certificate");
  auto used = o.certificate.is_null() ? use_self_signed(context.get(), o.host_name)
                                      : use_identity(context.get(), o.certificate, o.private_key);
  if (!used) return used.why();
  if (!o.required_client_ca.is_null()) {
    if (auto trusted = trust(context.get(), o.required_client_ca, true); !trusted) {
      return fail("tls_required_client_ca: {}", trusted.why().text);
    }
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return std::make_shared<const tls_context>(context.release());
}

result<tls_context_ref> tls_context::make_client(const tls_client_options& o) {
  auto context = make(TLS_client_method());
  if (auto used = use_ciphers(context.get(), o); !used) return used.why();
  auto mask = parse_tls_options(o.options);
  if (!mask) return fail("openssl_options: {}", mask.why().text);
  SSL_CTX_set_options(context.get(), *mask);
  if (!o.certificate.is_null()) {
    if (auto used = use_identity(context.get(), o.certificate, o.private_key); !used)
      return used.why();
  }
  // Also without verification: tls_info::peer_verified then says what a check would have found.
  if (o.ca.is_null()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (auto trusted = trust(context.get(), o.ca, false); !trusted) {
    return trusted.why();
  }
  SSL_CTX_set_verify(context.get(), o.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  ERR_clear_error();
  return std::make_shared<const tls_context>(context.release());
}

tls_context_cache::tls_context_cache(std::chrono::seconds ttl) : ttl_(ttl) {}

template <class Make>
result<tls_context_ref> tls_context_cache::lookup(const std::string& key, bool forever, Make make) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found != entries_.end() && now < found->second.until) return found->second.context;
  auto made = make();
  if (!made) return made;
  // What expired goes now: options that are no longer asked for must not pile up.
  std::erase_if(entries_, [&](const auto& e) { return e.second.until <= now; });
  const auto until = forever ? std::chrono::steady_clock::time_point::max() : now + ttl_;
  entries_[key] = entry{*made, until};
  return made;
}

result<tls_context_ref> tls_context_cache::server(const tls_server_options& o) {
  const auto key = key_of({"server", o.host_name, o.certificate, o.private_key, o.required_client_ca});
  // A generated certificate has nothing to be renewed from, and peers may have pinned it.
  const bool forever = o.certificate.is_null() && o.required_client_ca.is_null();
  return lookup(key, forever, [&] { return tls_context::make_server(o); });
}

result<tls_context_ref> tls_context_cache::client(const tls_client_options& o) {
  value::array suites(o.suites.begin(), o.suites.end());
  const auto key = key_of({"client", o.verify, o.certificate, o.private_key, o.cipher_list, o.cipher_suites,
                           std::move(suites), o.options, o.ca});
  return lookup(key, false, [&] { return tls_context::make_client(o); });
}

// A generated certificate stays: it has nothing to be read from, and peers may have pinned it.
void tls_context_cache::clear() {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [](const auto& e) { return e.second.until != std::chrono::steady_clock::time_point::max(); });
}

}  // namespace godwit::net
