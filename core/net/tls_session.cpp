#include "net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/cidr.hpp"

namespace godwit::net {

namespace {

std::string last_error(const SSL* ssl) {
  const long verdict = SSL_get_verify_result(ssl);
  const unsigned long code = ERR_peek_last_error();
  std::string text = "TLS protocol error";
  if (code != 0) {
    const char* reason = ERR_reason_error_string(code);
    text = reason ? reason : "TLS error";
  }
  ERR_clear_error();
  if (verdict != X509_V_OK) text += fmt::format(" ({})", X509_verify_cert_error_string(verdict));
  return text;
}

/// "O=Example", "CN=mx.example.com" in the order of the certificate.
std::vector<std::string> subject_of(const X509* certificate) {
  std::vector<std::string> parts;
  const auto* name = X509_get_subject_name(certificate);
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const auto* entry = X509_NAME_get_entry(name, i);
    const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    const char* label = nid == NID_undef ? nullptr : OBJ_nid2sn(nid);
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
    if (size < 0) continue;
    parts.push_back(
        fmt::format("{}={}", label ? label : "OID",
                    std::string_view(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size))));
    OPENSSL_free(utf8);
  }
  return parts;
}

void aim(SSL* ssl, const tls_peer& peer) {
  const auto is_address = [](const std::string& name) { return ip_address::parse(name).has_value(); };
  if (!peer.server_name.empty() && !is_address(peer.server_name)) {
    SSL_set_tlsext_host_name(ssl, peer.server_name.c_str());
  }
  const auto& verify = peer.verify_name.empty() ? peer.server_name : peer.verify_name;
  if (verify.empty()) return;
  if (const auto address = ip_address::parse(verify)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address->text().c_str());
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, verify.c_str());
  }
}

}  // namespace

tls_session::tls_session(tls_context_ref context, bool is_server, const tls_peer& peer)
    : context_(std::move(context)),
      ssl_(SSL_new(context_->get())),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  if (!ssl_ || !in_ || !out_) throw std::bad_alloc();
  BIO_set_mem_eof_return(in_, -1);  // empty means "not yet", not the end
  SSL_set_bio(ssl_, in_, out_);
  if (is_server) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
    aim(ssl_, peer);
  }
}

tls_session::~tls_session() { SSL_free(ssl_); }

tls_session::step tls_session::outcome(int result) {
  if (result > 0) return step::done;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return step::want_input;
    case SSL_ERROR_ZERO_RETURN:
      return step::closed;
    default:
      why_ = last_error(ssl_);
      return step::failed;
  }
}

tls_session::step tls_session::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_));
}

tls_session::step tls_session::read(std::span<char> into, std::size_t& got) {
  ERR_clear_error();
  return outcome(SSL_read_ex(ssl_, into.data(), into.size(), &got));
}

tls_session::step tls_session::write(std::span<const char> bytes) {
  ERR_clear_error();
  std::size_t written = 0;
  return outcome(SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written));
}

void tls_session::close_notify() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_)) SSL_shutdown(ssl_);
  ERR_clear_error();
}

std::span<const char> tls_session::output() const {
  char* data = nullptr;
  const long size = BIO_get_mem_data(out_, &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

void tls_session::output_sent() { (void)BIO_reset(out_); }

void tls_session::input(std::span<const char> from_wire) {
  BIO_write(in_, from_wire.data(), static_cast<int>(from_wire.size()));
}

tls_info tls_session::info() const {
  tls_info info;
  info.version = SSL_get_version(ssl_);
  info.cipher = SSL_get_cipher_name(ssl_);
  if (const X509* certificate = SSL_get0_peer_certificate(ssl_)) {
    info.peer_subject_name = subject_of(certificate);
    info.peer_verified = SSL_get_verify_result(ssl_) == X509_V_OK;
  }
  return info;
}

}  // namespace godwit::net
