#include "base/cidr.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace godwit {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

std::optional<unsigned> parse_number(std::string_view text, unsigned limit) {
  unsigned n = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size() || n > limit)
    return std::nullopt;
  return n;
}

bool equal_bits(const std::uint8_t* a, const std::uint8_t* b, unsigned count) {
  const unsigned whole = count / 8, rest = count % 8;
  if (std::memcmp(a, b, whole) != 0) return false;
  return rest == 0 || ((a[whole] ^ b[whole]) & (0xFF00 >> rest & 0xFF)) == 0;
}

bool has_host_bits(const cidr& block) {
  const auto& bytes = block.network.bytes();
  const unsigned bits = block.network.is_v4() ? 32 : 128;
  for (unsigned bit = block.prefix; bit < bits; ++bit)
    if (bytes[bit / 8] & (0x80 >> bit % 8)) return true;
  return false;
}

}  // namespace

std::optional<ip_address> ip_address::parse(std::string_view text) {
  const bool bracketed = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  char terminated[INET6_ADDRSTRLEN + 1];
  if (text.empty() || text.size() >= sizeof terminated || text.find('\0') != text.npos) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';

  std::array<std::uint8_t, 16> sixteen;
  if (::inet_pton(AF_INET6, terminated, sixteen.data()) == 1) return v6(sixteen);
  std::array<std::uint8_t, 4> four;
  if (!bracketed && ::inet_pton(AF_INET, terminated, four.data()) == 1) return v4(four);
  return std::nullopt;
}

ip_address ip_address::v4(std::array<std::uint8_t, 4> bytes) {
  ip_address out;
  std::memcpy(out.bytes_.data(), bytes.data(), 4);
  return out;
}

ip_address ip_address::v6(std::array<std::uint8_t, 16> bytes) {
  if (std::memcmp(bytes.data(), mapped_prefix.data(), mapped_prefix.size()) == 0)
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  ip_address out;
  out.bytes_ = bytes;
  out.v4_ = false;
  return out;
}

std::string ip_address::text() const {
  char out[INET6_ADDRSTRLEN];
  if (!v4_) return ::inet_ntop(AF_INET6, bytes_.data(), out, sizeof out);
  // Several times a message: inet_ntop goes through sprintf.
  char* at = out;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *at++ = '.';
    at = std::to_chars(at, at + 3, bytes_[i]).ptr;
  }
  return {out, at};
}

result<ip_endpoint> ip_endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return fail("'{}' is not an address and port: write ADDRESS:PORT", text);
  const std::string_view host = text.substr(0, colon);
  const auto address = ip_address::parse(host);
  const bool ambiguous = !host.starts_with('[') && host.find(':') != host.npos;
  if (!address || ambiguous)
    return fail("'{}' is not an IP address and port: write 10.0.0.1:25 or [::1]:25", text);
  const auto port = parse_number(text.substr(colon + 1), 65535);
  if (!port) return fail("'{}': the port must be a number from 0 to 65535", text);
  return ip_endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string ip_endpoint::text() const {
  return address.is_v4() ? fmt::format("{}:{}", address.text(), port)
                         : fmt::format("[{}]:{}", address.text(), port);
}

result<cidr> cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address_text = text.substr(0, slash);
  const auto address = ip_address::parse(address_text);
  if (!address) return fail("'{}' is not an IP address or CIDR block", text);
  const unsigned bits = address->is_v4() ? 32 : 128;
  cidr block{*address, bits};
  if (slash == text.npos) return block;

  // An IPv4-mapped block is written with an IPv6 prefix length.
  const unsigned written_bits = address_text.find(':') != text.npos ? 128 : 32;
  const auto prefix = parse_number(text.substr(slash + 1), written_bits);
  if (!prefix) return fail("'{}': the prefix length must be a number from 0 to {}", text, written_bits);
  const unsigned folded = written_bits - bits;
  block.prefix = *prefix - std::min(*prefix, folded);
  if (*prefix < folded || has_host_bits(block))
    return fail("'{}' has host bits set after its first {} bits", text, *prefix);
  return block;
}

bool cidr::contains(const ip_address& address) const {
  return address.is_v4() == network.is_v4() &&
         equal_bits(address.bytes().data(), network.bytes().data(), prefix);
}

std::string cidr::text() const {
  const unsigned bits = network.is_v4() ? 32 : 128;
  return prefix == bits ? network.text() : fmt::format("{}/{}", network.text(), prefix);
}

result<cidr_set> cidr_set::parse(const std::vector<std::string>& texts) {
  std::vector<cidr> blocks;
  blocks.reserve(texts.size());
  for (const auto& text : texts) {
    auto block = cidr::parse(text);
    if (!block) return block.why();
    blocks.push_back(*block);
  }
  return cidr_set(std::move(blocks));
}

bool cidr_set::contains(const ip_address& address) const {
  for (const auto& block : blocks_)
    if (block.contains(address)) return true;
  return false;
}

}  // namespace godwit
