#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "base/text.hpp"

namespace godwit::net {

namespace {

using status = proxy_header::verdict;

constexpr std::string_view signature_v1 = "PROXY ";
constexpr std::string_view signature_v2{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t max_v1 = 107;  // with CRLF, by the specification
constexpr std::size_t fixed_v2 = 16;

proxy_header just(status s) {
  proxy_header h;
  h.status = s;
  return h;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  return ec == std::errc() && end == text.data() + text.size();
}

bool parse_side(std::string_view address, std::string_view port, bool want_v4, ip_endpoint& out) {
  // Brackets and other forms of other notations are not in the specification.
  if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
  const bool is_written_v4 = address.find(':') == std::string_view::npos;
  const auto parsed = ip_address::parse(address);
  if (!parsed || is_written_v4 != want_v4) return false;
  out.address = *parsed;
  return parse_port(port, out.port);
}

proxy_header parse_v1(std::string_view input) {
  const auto end = input.substr(0, max_v1).find("\r\n");
  if (end == std::string_view::npos)
    return just(input.size() < max_v1 ? status::incomplete : status::invalid);
  auto header = just(status::complete);
  header.consumed = end + 2;
  const auto words = split(input.substr(0, end), ' ');
  if (words.size() >= 2 && words[1] == "UNKNOWN") return header;
  if (words.size() != 6) return just(status::invalid);
  const bool is_v4 = words[1] == "TCP4";
  if (!is_v4 && words[1] != "TCP6") return just(status::invalid);
  if (!parse_side(words[2], words[4], is_v4, header.source)) return just(status::invalid);
  if (!parse_side(words[3], words[5], is_v4, header.destination)) return just(status::invalid);
  header.has_addresses = true;
  return header;
}

unsigned byte_at(std::string_view s, std::size_t i) { return static_cast<unsigned char>(s[i]); }

template <std::size_t N>
std::array<std::uint8_t, N> bytes_at(std::string_view s, std::size_t offset) {
  std::array<std::uint8_t, N> bytes;
  std::memcpy(bytes.data(), s.data() + offset, N);
  return bytes;
}

std::uint16_t port_at(std::string_view s, std::size_t offset) {
  return static_cast<std::uint16_t>(byte_at(s, offset) << 8 | byte_at(s, offset + 1));
}

void read_addresses_v2(std::string_view block, unsigned family, proxy_header& header) {
  if (family == 1 && block.size() >= 12) {
    header.source = {ip_address::v4(bytes_at<4>(block, 0)), port_at(block, 8)};
    header.destination = {ip_address::v4(bytes_at<4>(block, 4)), port_at(block, 10)};
    header.has_addresses = true;
  } else if (family == 2 && block.size() >= 36) {
    header.source = {ip_address::v6(bytes_at<16>(block, 0)), port_at(block, 32)};
    header.destination = {ip_address::v6(bytes_at<16>(block, 16)), port_at(block, 34)};
    header.has_addresses = true;
  }
}

proxy_header parse_v2(std::string_view input) {
  if (input.size() < fixed_v2) return just(status::incomplete);
  const unsigned version = byte_at(input, 12) >> 4;
  const unsigned command = byte_at(input, 12) & 0x0f;
  const unsigned family = byte_at(input, 13) >> 4;
  const unsigned protocol = byte_at(input, 13) & 0x0f;
  const std::size_t length = port_at(input, 14);
  if (version != 2 || command > 1 || family > 3 || protocol > 2) return just(status::invalid);
  if (fixed_v2 + length > max_proxy_header) return just(status::invalid);
  if (input.size() < fixed_v2 + length) return just(status::incomplete);
  auto header = just(status::complete);
  header.consumed = fixed_v2 + length;
  if (command == 0) return header;  // LOCAL: a health check of the balancer itself
  const bool is_stream = protocol == 1;
  const std::size_t needed = family == 1 ? 12 : family == 2 ? 36 : 0;
  if (needed > length) return just(status::invalid);
  if (is_stream) read_addresses_v2(input.substr(fixed_v2, length), family, header);
  return header;
}

bool is_prefix(std::string_view input, std::string_view signature) {
  const auto n = std::min(input.size(), signature.size());
  return input.substr(0, n) == signature.substr(0, n);
}

void put_port(std::string& out, std::uint16_t port) {
  out += static_cast<char>(port >> 8);
  out += static_cast<char>(port & 0xff);
}

void put_address(std::string& out, const ip_address& a, bool as_v4) {
  const auto* bytes = reinterpret_cast<const char*>(a.bytes().data());
  if (as_v4) {
    out.append(bytes, 4);
  } else if (a.is_v4()) {
    out.append(10, '\0').append(2, '\xff').append(bytes, 4);  // mapped: the other side is IPv6
  } else {
    out.append(bytes, 16);
  }
}

}  // namespace

proxy_header parse_proxy_header(std::span<const char> bytes) {
  const std::string_view input(bytes.data(), bytes.size());
  if (input.empty()) return just(status::incomplete);
  if (is_prefix(input, signature_v1)) {
    return input.size() < signature_v1.size() ? just(status::incomplete) : parse_v1(input);
  }
  if (is_prefix(input, signature_v2)) {
    return input.size() < signature_v2.size() ? just(status::incomplete) : parse_v2(input);
  }
  return just(status::invalid);
}

std::string write_proxy_header(const ip_endpoint& source, const ip_endpoint& destination) {
  const bool v4 = source.address.is_v4() && destination.address.is_v4();
  std::string out(signature_v2);
  out += '\x21';
  out += v4 ? '\x11' : '\x21';
  put_port(out, v4 ? 12 : 36);
  put_address(out, source.address, v4);
  put_address(out, destination.address, v4);
  put_port(out, source.port);
  put_port(out, destination.port);
  return out;
}

}  // namespace godwit::net
