#include "http/message.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/text.hpp"

namespace godwit::http {

const std::string* find_header(const header_list& all, std::string_view name) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& h) { return iequals(h.first, name); });
  return at == all.end() ? nullptr : &at->second;
}

const std::string* request::header(std::string_view name) const { return find_header(headers, name); }

const std::string* request::parameter(std::string_view name) const {
  const auto at = std::find_if(query.begin(), query.end(), [&](const auto& q) { return q.first == name; });
  return at == query.end() ? nullptr : &at->second;
}

response response::text(int status, std::string body) {
  response r;
  r.status = status;
  r.body = std::move(body);
  return r;
}

response response::json(const value& v) {
  response r;
  r.content_type = "application/json";
  r.body = json::write(v);
  return r;
}

response response::failure(std::string_view why, int status) { return text(status, fmt::format("Error: {}", why)); }

}  // namespace godwit::http
