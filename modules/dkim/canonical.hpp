#pragma once
// Canonicalisation of header fields and bodies (RFC 6376 section 3.4). Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "digest.hpp"

namespace dkim {

enum class canonicalization { simple, relaxed };

/// One header field, a view into the header block: "Name: value" with folds, without the CRLF at its end.
struct header_field {
  std::string_view name;
  std::string_view raw;
};

/// The fields of a header block up to its empty line. LF alone counts as a line end.
std::vector<header_field> split_headers(std::string_view block);

/// Canonical form with CRLF at its end.
void append_canonical(std::string& out, const header_field& field, canonicalization how);

/// The fields that h= names, in its order: each name takes the next instance from the bottom; beyond the last one it
/// stands for nothing (section 5.4.2).
std::string canonical_headers(const std::vector<header_field>& fields, const std::vector<std::string>& names,
                              canonicalization how);

/// SHA-256 of a body in one pass. `limit` is l=: canonical bytes that count.
class body_hasher {
 public:
  explicit body_hasher(canonicalization how, std::optional<std::uint64_t> limit = std::nullopt);
  void update(std::string_view bytes);
  std::string finish();  ///< 32 raw bytes
  std::uint64_t canonical_size() const { return size_; }  ///< after finish(): canonical length, before the limit

 private:
  void line(std::string_view text, bool ended);
  void emit(std::string_view bytes);
  void release_blank_lines();

  canonicalization how_;
  std::optional<std::uint64_t> limit_;
  sha256 digest_;
  std::string partial_;             ///< a line whose end has not come yet
  std::uint64_t blank_lines_ = 0;   ///< empty lines not yet known to be inside the body
  std::uint64_t size_ = 0;
  std::string buffer_;
};

}  // namespace dkim
