#include "http/credentials.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace godwit::http {

namespace {

/// What a header field's value may hold as text: visible ASCII, spaces and tabs.
bool is_text(std::string_view header) {
  return std::all_of(header.begin(), header.end(),
                     [](unsigned char c) { return c == '\t' || (c >= ' ' && c < 0x7f); });
}

std::optional<credentials> parse_basic(std::string_view encoded) {
  const auto decoded = base64_decode(encoded);
  if (encoded.empty() || !decoded || !is_valid_utf8(*decoded)) return std::nullopt;
  const auto colon = decoded->find(':');
  basic_credentials c{decoded->substr(0, colon), std::nullopt};
  if (colon != std::string::npos) c.password = decoded->substr(colon + 1);
  return c;
}

}  // namespace

result<credentials> parse_authorization(std::string_view header) {
  if (!is_text(header)) return error{"Malformed Authorization header"};
  header = trim(header);
  const auto space = header.find(' ');
  const auto scheme = header.substr(0, space);
  const auto rest = space == std::string_view::npos ? std::string_view() : trim(header.substr(space));
  if (iequals(scheme, "Basic")) {
    if (auto basic = parse_basic(rest)) return std::move(*basic);
  } else if (iequals(scheme, "Bearer") && !rest.empty()) {
    return credentials(bearer_credentials{std::string(rest)});
  }
  return error{"Malformed or unsupported Authorization header"};
}

std::string describe(const credentials& c) {
  if (const auto* basic = std::get_if<basic_credentials>(&c)) return "HttpBasicAuth " + basic->user;
  return "BearerToken " + std::get<bearer_credentials>(c).token.substr(0, 4) + "...";
}

}  // namespace godwit::http
