#include "smtp/xclient.hpp"

#include <array>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "smtp/command.hpp"
#include "smtp/replies.hpp"

namespace godwit::smtp {

namespace {

/// RFC 3461 4: "+2B" stands for "+". Nothing when malformed.
std::optional<std::string> decode_xtext(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '+') {
      out += text[i];
      continue;
    }
    const auto byte = hex_decode(text.substr(i + 1, 2));
    if (!byte || byte->empty()) return std::nullopt;
    out += *byte;
    i += 2;
  }
  return out;
}

bool is_unknown(std::string_view value) {
  return iequals(value, "[UNAVAILABLE]") || iequals(value, "[TEMPUNAVAIL]");
}

bool read_address(std::string_view text, std::optional<ip_address>& out) {
  if (istarts_with(text, "IPV6:")) text.remove_prefix(5);
  out = ip_address::parse(text);
  return out.has_value();
}

bool read_port(std::string_view text, std::optional<std::uint16_t>& out) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc() || end != text.data() + text.size()) return false;
  out = port;
  return true;
}

bool read(std::string_view name, std::string_view value, xclient_claims& out) {
  if (iequals(name, "ADDR")) return read_address(value, out.address);
  if (iequals(name, "DESTADDR")) return read_address(value, out.destination_address);
  if (iequals(name, "PORT")) return read_port(value, out.port);
  return read_port(value, out.destination_port);
}

bool is_known(std::string_view name) {
  constexpr std::array<std::string_view, 4> names{"ADDR", "PORT", "DESTADDR", "DESTPORT"};
  for (const auto known : names) {
    if (iequals(name, known)) return true;
  }
  return false;
}

}  // namespace

std::optional<mail::response> parse_xclient(std::string_view argument, xclient_claims& out) {
  if (argument.empty()) return replies::syntax_error("XCLIENT needs a parameter");
  while (!argument.empty()) {
    const auto word = take_word(argument);
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (!is_known(name))
      return mail::response::parse(501, fmt::format("parameter {} is not supported", name));
    const auto raw = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    const auto value = decode_xtext(raw);
    if (value && is_unknown(*value)) continue;
    if (!value || !read(name, *value, out)) {
      std::string upper(name);
      for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      return mail::response::parse(501, fmt::format("{} {} is invalid", upper, raw));
    }
  }
  return std::nullopt;
}

}  // namespace godwit::smtp
