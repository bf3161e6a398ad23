#pragma once
// Envelope addresses (RFC 5321 4.1.2, RFC 6531 for UTF-8).

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace godwit::mail {

/// A sender or recipient; empty is the null sender <>. Value type.
class address {
 public:
  address() = default;
  /// "user@domain" or "" or "postmaster"; quoted local parts and address literals included; no angle
  /// brackets.
  static result<address> parse(std::string_view text);

  bool is_null() const { return text_.empty(); }
  const std::string& email() const { return text_; }
  /// Local part without quotes and escapes.
  std::string user() const;
  /// As written, without normalisation; empty for the null sender and for "postmaster".
  std::string_view domain() const { return std::string_view(text_).substr(domain_at_); }
  /// Local part as written.
  std::string_view local_part() const;
  bool is_ascii() const;
  bool operator==(const address& other) const = default;

 private:
  std::string text_;
  std::uint32_t domain_at_ = 0;
};

}  // namespace godwit::mail
