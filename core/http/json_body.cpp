#include "http/json_body.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

namespace godwit::http {

namespace {

/// "application/json", also with parameters, and what ends in "+json" (RFC 6839).
bool is_json(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  return iequals(type, "application/json") ||
         (istarts_with(type, "application/") && type.size() > 5 && iequals(type.substr(type.size() - 5), "+json"));
}

}  // namespace

std::variant<value, response> json_body(const request& r) {
  const auto* type = r.header("Content-Type");
  if (!type || !is_json(*type)) return response::text(415, "Expected request with `Content-Type: application/json`");
  auto parsed = json::parse(r.body);
  if (!parsed) return response::text(400, "Failed to parse the request body as JSON: " + parsed.why().text);
  return std::move(*parsed);
}

response wrong_shape(std::string_view what) {
  return response::text(422, fmt::format("Failed to deserialize the JSON body into the target type: {}", what));
}

}  // namespace godwit::http
