#pragma once
// Makes DKIM-Signature header fields (RFC 6376 section 5). A signer is immutable: one serves every message and thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "canonical.hpp"
#include "key.hpp"

namespace dkim {

/// reference: kumo.dkim.rsa_sha256_signer and ed25519_signer.
struct signer_options {
  algorithm how = algorithm::rsa_sha256;
  std::string domain;
  std::string selector;
  std::vector<std::string> headers;
  std::optional<std::string> atps, atpsh;
  std::optional<std::string> agent_user_identifier;
  std::optional<std::uint64_t> expiration;  ///< seconds from now
  bool body_length = false;
  bool reporting = false;
  canonicalization header_canonicalization = canonicalization::relaxed;
  canonicalization body_canonicalization = canonicalization::relaxed;
  bool over_sign = false;                ///< each of `headers` once more than it occurs
  bool every_instance = false;           ///< each of `headers` as often as it occurs, else once
  std::vector<std::string> over_signed;  ///< with every_instance: those that over_sign holds for
};

class signer {
 public:
  signer(signer_options options, key_ref key) : options_(std::move(options)), key_(std::move(key)) {}
  const signer_options& options() const { return options_; }

  /// Value of the DKIM-Signature field, folded, without a line end. `header_block` ends before or after its empty line;
  /// `body` follows it. `now` is Unix seconds. Empty when the key cannot sign.
  std::string sign(std::string_view header_block, std::string_view body, std::int64_t now) const;

 private:
  std::vector<std::string> names_to_sign(const std::vector<header_field>& fields) const;

  signer_options options_;
  key_ref key_;
};

}  // namespace dkim
