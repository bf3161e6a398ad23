#include "dns/record.hpp"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace godwit::dns {

namespace {

constexpr std::pair<std::string_view, unsigned> type_names[] = {
    {"A", type::a},     {"NS", type::ns},   {"CNAME", type::cname}, {"SOA", type::soa}, {"PTR", type::ptr},
    {"MX", type::mx},   {"TXT", type::txt}, {"AAAA", type::aaaa},   {"SRV", type::srv}, {"TLSA", type::tlsa},
};

constexpr std::size_t max_label = 63, max_name = 255;

void append_escaped(std::string& out, unsigned char c) {
  if (c == '.' || c == '\\') {
    out += '\\';
    out += static_cast<char>(c);
  } else if (c <= ' ' || c >= 0x7f) {
    out += fmt::format("\\{:03}", c);
  } else {
    out += static_cast<char>(c);
  }
}

/// One character of a name in presentation form, unescaped; moves `at` behind it. Nothing for a broken escape.
std::optional<char> read_escaped(std::string_view text, std::size_t& at) {
  if (text[at] != '\\') return text[at++];
  if (++at >= text.size()) return std::nullopt;
  if (text[at] < '0' || text[at] > '9') return text[at++];
  unsigned code = 0;
  if (at + 3 > text.size()) return std::nullopt;
  const auto [end, failed] = std::from_chars(text.data() + at, text.data() + at + 3, code);
  if (failed != std::errc{} || end != text.data() + at + 3 || code > 255) return std::nullopt;
  at += 3;
  return static_cast<char>(code);
}

}  // namespace

std::string type_text(unsigned record_type) {
  for (const auto& [name, number] : type_names) {
    if (number == record_type) return std::string(name);
  }
  return fmt::format("TYPE{}", record_type);
}

std::optional<unsigned> parse_type(std::string_view text) {
  for (const auto& [name, number] : type_names) {
    if (iequals(name, text)) return number;
  }
  std::uint16_t number = 0;
  if (!istarts_with(text, "TYPE")) return std::nullopt;
  const auto digits = text.substr(4);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::optional<ip_address> read_address(std::string_view rdata) {
  if (rdata.size() == 4) {
    std::array<std::uint8_t, 4> b{};
    std::copy(rdata.begin(), rdata.end(), b.begin());
    return ip_address::v4(b);
  }
  if (rdata.size() == 16) {
    std::array<std::uint8_t, 16> b{};
    std::copy(rdata.begin(), rdata.end(), b.begin());
    return ip_address::v6(b);
  }
  return std::nullopt;
}

std::optional<mx_record> read_mx(std::string_view rdata) {
  if (rdata.size() < 3) return std::nullopt;
  mx_record mx;
  mx.preference = static_cast<std::uint16_t>(static_cast<unsigned char>(rdata[0]) << 8 | static_cast<unsigned char>(rdata[1]));
  auto host = read_name(rdata.substr(2));
  if (!host) return std::nullopt;
  mx.host = std::move(*host);
  return mx;
}

std::optional<std::string> read_txt(std::string_view rdata) {
  std::string text;
  while (!rdata.empty()) {
    const std::size_t size = static_cast<unsigned char>(rdata[0]);
    if (rdata.size() < size + 1) return std::nullopt;
    text += rdata.substr(1, size);
    rdata.remove_prefix(size + 1);
  }
  return text;
}

std::optional<std::string> read_name(std::string_view rdata) {
  std::string name;
  std::size_t at = 0;
  for (;;) {
    if (at >= rdata.size()) return std::nullopt;
    const std::size_t size = static_cast<unsigned char>(rdata[at++]);
    if (size == 0) return name;
    // Compression pointers cannot occur: rdata arrives decompressed.
    if (size > max_label || at + size > rdata.size()) return std::nullopt;
    if (!name.empty()) name += '.';
    for (const char c : to_lower(rdata.substr(at, size))) append_escaped(name, static_cast<unsigned char>(c));
    at += size;
  }
}

namespace {

/// Strings of a TXT record, each in quotes. Nothing when they do not fill the data.
std::optional<std::string> quoted_strings(std::string_view rdata) {
  std::string text;
  while (!rdata.empty()) {
    const std::size_t size = static_cast<unsigned char>(rdata[0]);
    if (rdata.size() < size + 1) return std::nullopt;
    text += text.empty() ? "\"" : " \"";
    for (const char c : rdata.substr(1, size)) {
      const auto u = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') text += '\\';
      text += u < ' ' || u >= 0x7f ? fmt::format("\\{:03}", u) : std::string(1, c);
    }
    text += '"';
    rdata.remove_prefix(size + 1);
  }
  return text;
}

std::optional<std::string> own_form(unsigned record_type, std::string_view rdata) {
  switch (record_type) {
    case type::a:
    case type::aaaa:
      if (const auto address = read_address(rdata)) return address->text();
      break;
    case type::mx:
      if (const auto mx = read_mx(rdata)) return fmt::format("{} {}.", mx->preference, mx->host);
      break;
    case type::ptr:
    case type::cname:
    case type::ns:
      if (const auto name = read_name(rdata)) return *name + ".";
      break;
    case type::txt: return quoted_strings(rdata);
    default: break;
  }
  return std::nullopt;
}

}  // namespace

std::string rdata_text(unsigned record_type, std::string_view rdata) {
  if (auto text = own_form(record_type, rdata)) return std::move(*text);
  return fmt::format("\\# {} {}", rdata.size(), hex_encode(rdata));
}

std::optional<std::string> write_name(std::string_view name) {
  std::string wire, label;
  if (name == ".") name = {};
  for (std::size_t at = 0; at < name.size();) {
    if (name[at] != '.') {
      const auto c = read_escaped(name, at);
      if (!c) return std::nullopt;
      label += *c;
      if (at < name.size()) continue;
    } else {
      ++at;
    }
    if (label.empty() || label.size() > max_label) return std::nullopt;
    wire += static_cast<char>(label.size());
    wire += label;
    label.clear();
  }
  wire += '\0';
  if (wire.size() > max_name) return std::nullopt;
  return wire;
}

std::string reversed_labels(const ip_address& address) {
  std::vector<std::string> labels;
  const auto& b = address.bytes();
  if (address.is_v4()) return fmt::format("{}.{}.{}.{}", b[3], b[2], b[1], b[0]);
  for (std::size_t i = b.size(); i-- > 0;) labels.push_back(fmt::format("{:x}.{:x}", b[i] & 15, b[i] >> 4));
  return fmt::format("{}", fmt::join(labels, "."));
}

std::string reverse_name(const ip_address& address) {
  return reversed_labels(address) + (address.is_v4() ? ".in-addr.arpa" : ".ip6.arpa");
}

}  // namespace godwit::dns
