#pragma once
// Resource records in wire format (RFC 1035 section 3): the few types that mail needs. Pure, bounds-checked: the
// bytes come from the network.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/cidr.hpp"

namespace godwit::dns {

namespace type {
inline constexpr unsigned a = 1, ns = 2, cname = 5, soa = 6, ptr = 12, mx = 15, txt = 16, aaaa = 28, srv = 33, tlsa = 52;
}

/// "MX", or "TYPE65280" (RFC 3597).
std::string type_text(unsigned record_type);
std::optional<unsigned> parse_type(std::string_view text);

struct mx_record {
  std::uint16_t preference = 0;
  std::string host;  ///< lower case, no trailing dot; empty: the root of a null MX
};

std::optional<ip_address> read_address(std::string_view rdata);   ///< A or AAAA
std::optional<mx_record> read_mx(std::string_view rdata);
std::optional<std::string> read_txt(std::string_view rdata);      ///< the strings joined
/// Name of a PTR, CNAME or NS record: lower case, no trailing dot, odd bytes as \DDD.
std::optional<std::string> read_name(std::string_view rdata);

/// Master file form (RFC 1035 5.1): "10 mx.example.", "\"v=spf1\""; types without one of their own as in RFC 3597.
std::string rdata_text(unsigned record_type, std::string_view rdata);

/// Uncompressed wire form of an absolute name; \. and \DDD are understood. Nothing when a label or the name is too long.
std::optional<std::string> write_name(std::string_view name);

/// in-addr.arpa or ip6.arpa name of an address, without trailing dot.
std::string reverse_name(const ip_address& address);
/// The reversed octets or nibbles alone, as DNS block lists want them.
std::string reversed_labels(const ip_address& address);

}  // namespace godwit::dns
