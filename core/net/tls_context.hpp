#pragma once
// TLS settings made ready: OpenSSL contexts, cached. OpenSSL headers stay in the .cpp files.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/value.hpp"
#include "net/key_source.hpp"

struct ssl_ctx_st;

namespace godwit::net {

/// KeySource values (path, {key_data=…}); null: none.
struct tls_server_options {
  std::string host_name;           ///< of the generated certificate
  value certificate, private_key;  ///< both null: self-signed for host_name, kept in memory
  value required_client_ca;        ///< set: a client certificate is asked for and checked against it
};

struct tls_client_options {
  bool verify = true;
  value certificate, private_key;  ///< presented when the server asks
  std::string cipher_list;         ///< TLS up to 1.2, OpenSSL syntax
  std::string cipher_suites;       ///< TLS 1.3, colon separated
  std::vector<std::string>
      suites;           ///< rustls names (TLS13_AES_256_GCM_SHA384, TLS_ECDHE_…): mapped to OpenSSL's
  std::string options;  ///< "NO_TLSV1|NO_TLSV1_1": names of OpenSSL option flags
  value ca;             ///< null: the system's store
};

/// Immutable, shared by connections on all loops.
class tls_context {
 public:
  explicit tls_context(ssl_ctx_st* owned) : ctx_(owned) {}
  ~tls_context();
  tls_context(const tls_context&) = delete;

  static result<std::shared_ptr<const tls_context>> make_server(const tls_server_options& o);
  static result<std::shared_ptr<const tls_context>> make_client(const tls_client_options& o);
  ssl_ctx_st* get() const { return ctx_; }

 private:
  ssl_ctx_st* ctx_;
};
using tls_context_ref = std::shared_ptr<const tls_context>;

/// Contexts by their options, for 5 minutes: a renewed certificate is picked up, a handshake reads no file.
/// Thread-safe.
class tls_context_cache {
 public:
  explicit tls_context_cache(std::chrono::seconds ttl = std::chrono::minutes(5));

  result<tls_context_ref> server(const tls_server_options& o);
  result<tls_context_ref> client(const tls_client_options& o);
  void clear();

 private:
  struct entry {
    tls_context_ref context;
    std::chrono::steady_clock::time_point until;
  };
  template <class Make>
  result<tls_context_ref> lookup(const std::string& key, bool forever, Make make);

  std::chrono::seconds ttl_;
  std::mutex mutex_;
  std::map<std::string, entry> entries_;
};

}  // namespace godwit::net
