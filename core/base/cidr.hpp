#pragma once
// IP addresses and CIDR blocks as values; sets for trust lists. No socket types here: net converts.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace godwit {

/// IPv4 or IPv6 address; an IPv4-mapped IPv6 address is folded to IPv4.
class ip_address {
 public:
  ip_address() = default;                                         ///< 0.0.0.0
  static std::optional<ip_address> parse(std::string_view text);  ///< also accepts [v6]
  static ip_address v4(std::array<std::uint8_t, 4> bytes);
  static ip_address v6(std::array<std::uint8_t, 16> bytes);

  bool is_v4() const { return v4_; }
  /// Network order; the first 4 for IPv4.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string text() const;
  auto operator<=>(const ip_address&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

/// "10.0.0.1:25", "[::1]:25".
struct ip_endpoint {
  ip_address address;
  std::uint16_t port = 0;

  static result<ip_endpoint> parse(std::string_view text);
  std::string text() const;
  auto operator<=>(const ip_endpoint&) const = default;
};

struct cidr {
  ip_address network;
  unsigned prefix = 32;

  /// A plain address is a full-length block; set host bits are an error (reference: relay_hosts).
  static result<cidr> parse(std::string_view text);
  bool contains(const ip_address& address) const;
  std::string text() const;
};

class cidr_set {
 public:
  cidr_set() = default;
  explicit cidr_set(std::vector<cidr> blocks) : blocks_(std::move(blocks)) {}
  static result<cidr_set> parse(const std::vector<std::string>& texts);
  bool contains(const ip_address& address) const;
  bool empty() const { return blocks_.empty(); }
  const std::vector<cidr>& blocks() const { return blocks_; }

 private:
  std::vector<cidr> blocks_;
};

}  // namespace godwit
