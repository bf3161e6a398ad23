#include "dns/destination.hpp"

#include <charconv>

#include <idn2.h>

#include "base/text.hpp"

namespace godwit::dns {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return port;
}

/// Takes ":port" off the end of `domain`. A second colon means an address without brackets, which has no port.
std::optional<std::uint16_t> take_port(std::string_view& domain) {
  const auto colon = domain.rfind(':');
  const auto bracket = domain.rfind(']');
  if (colon == std::string_view::npos) return std::nullopt;
  if (bracket != std::string_view::npos ? bracket > colon : domain.find(':') != colon) return std::nullopt;
  const auto port = parse_port(domain.substr(colon + 1));
  if (port) domain = domain.substr(0, colon);
  return port;
}

std::optional<ip_address> parse_literal(std::string_view domain) {
  if (!domain.starts_with('[') || !domain.ends_with(']')) return std::nullopt;
  auto inside = domain.substr(1, domain.size() - 2);
  if (istarts_with(inside, "IPv6:")) inside.remove_prefix(5);
  return ip_address::parse(inside);
}

}  // namespace

std::string destination::with_port(std::string_view host) const {
  if (!port) return std::string(host);
  const auto dot = literal ? std::string_view::npos : host.find('.');
  const auto label = host.substr(0, dot);
  const auto rest = dot == std::string_view::npos ? std::string_view{} : host.substr(dot);
  return fmt::format("{}:{}{}", label, *port, rest);
}

result<std::string> ascii_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (is_ascii(name)) return to_lower(name);
  char* encoded = nullptr;
  const int failed = idn2_to_ascii_8z(std::string(name).c_str(), &encoded, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  if (failed != IDN2_OK) return fail("{} is not a domain name: {}", one_line(name), idn2_strerror(failed));
  std::string ascii = to_lower(encoded);
  idn2_free(encoded);
  return ascii;
}

result<destination> parse_destination(std::string_view domain) {
  destination d;
  auto rest = domain;
  d.port = take_port(rest);
  if (rest.starts_with('[')) {
    d.literal = parse_literal(rest);
    if (!d.literal) return fail("{} is not an address literal", one_line(domain));
    return d;
  }
  auto name = ascii_name(rest);
  if (!name) return name.why();
  if (name->empty()) return fail("an empty domain has no mail exchanger");
  d.name = std::move(*name);
  return d;
}

}  // namespace godwit::dns
