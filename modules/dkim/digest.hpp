#pragma once
// SHA-256 and base64 on OpenSSL.

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dkim {

class sha256 {
 public:
  sha256();
  void update(std::string_view bytes);
  std::string finish();  ///< 32 raw bytes

 private:
  struct release {
    void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
  };
  std::unique_ptr<EVP_MD_CTX, release> ctx_;
};

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  ///< without white space

}  // namespace dkim
