#include "mail/trace_header.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

namespace godwit::mail {
namespace {

constexpr std::size_t fold_column = 75;
constexpr std::string_view marker_key = "_@_";
constexpr std::string_view marker = "\\_/";

value recipient_value(const message& m) {
  if (m.recipients.size() == 1) return m.recipients.front().email();
  value::array list;
  list.reserve(m.recipients.size());
  for (const auto& recipient : m.recipients) list.emplace_back(recipient.email());
  return list;
}

std::string fold(std::string_view text, std::size_t first_width) {
  std::string out;
  out.reserve(text.size() + text.size() / 24 + 8);
  std::size_t width = first_width;
  while (text.size() > width) {
    out += text.substr(0, width);
    out += "\r\n\t";
    text.remove_prefix(width);
    width = fold_column - 1;  // the tab takes one
  }
  return out.append(text);
}

}  // namespace

std::string trace_header_value(const message& m, const trace_options& options) {
  object payload{{std::string(marker_key), marker}, {"recipient", recipient_value(m)}};
  for (const auto& name : options.include_meta_names) {
    const value* member = m.get_meta(name);
    if (member && !payload.find(name)) payload.set(name, *member);
  }
  const std::size_t used = options.header_name.size() + 2;
  return fold(base64_encode(json::write(payload)), used < fold_column ? fold_column - used : 1);
}

std::optional<object> parse_trace_header(std::string_view value) {
  std::string compact;
  compact.reserve(value.size());
  for (const char c : value)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') compact.push_back(c);
  const auto text = base64_decode(compact);
  if (!text || !text->starts_with('{')) return std::nullopt;
  auto payload = json::parse(*text);
  if (!payload || !payload->is_object()) return std::nullopt;
  object& members = *payload->as_object();
  const godwit::value* found = members.find(marker_key);
  if (!found || !found->is_string() || *found->as_string() != marker) return std::nullopt;
  members.erase(marker_key);
  return std::move(members);
}

}  // namespace godwit::mail
