#pragma once
// Checks DKIM-Signature header fields (RFC 6376 section 6, RFC 8301). Pure: the caller fetches the key records.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "canonical.hpp"
#include "key.hpp"
#include "tag_list.hpp"

namespace dkim {

/// One resinfo of RFC 8601 (reference: authenticationresult).
struct verdict {
  std::string result;  ///< pass, fail, neutral, policy, permerror, temperror
  std::string reason;  ///< empty when there is nothing to say
  std::vector<std::pair<std::string, std::string>> props;  ///< header.d, header.i, header.a, header.s, header.b
};

/// What DNS said about a key record.
struct key_lookup {
  enum class state { found, absent, failed } outcome = state::absent;
  std::vector<std::string> texts;  ///< TXT records, the strings of each joined
};

/// A signature field taken apart; `problem` is its verdict when it is not worth a key look-up.
struct signature {
  header_field field;
  tag_list tags;
  algorithm how = algorithm::rsa_sha256;
  canonicalization header_canonicalization = canonicalization::simple;
  canonicalization body_canonicalization = canonicalization::simple;
  std::optional<std::uint64_t> body_limit;
  std::vector<std::string> names;
  std::string key_name;  ///< SELECTOR._domainkey.DOMAIN
  std::optional<verdict> problem;
};

class verifier {
 public:
  static constexpr std::size_t max_signatures = 10;

  /// The text behind the views stays alive as long as the verifier. `now` is Unix seconds.
  verifier(std::string_view header_block, std::string_view body, std::int64_t now);

  const std::vector<signature>& signatures() const { return signatures_; }
  verdict check(const signature& s, const key_lookup& key);

 private:
  signature parse(const header_field& field) const;
  const std::string& body_hash(const signature& s, std::uint64_t& canonical_size);

  struct hashed {
    canonicalization how;
    std::optional<std::uint64_t> limit;
    std::string digest;
    std::uint64_t size;
  };
  std::vector<header_field> fields_;
  std::string_view body_;
  std::int64_t now_;
  std::vector<signature> signatures_;
  std::vector<hashed> hashes_;
};

}  // namespace dkim
