#include "mail/report_fields.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mime/date.hpp"
#include "mime/header.hpp"

namespace godwit::mail {

typed_name typed_name::parse(std::string_view text) {
  const auto separator = text.find(';');
  if (separator == text.npos) return {{}, std::string(trim(text))};
  return {to_lower(trim(text.substr(0, separator))), std::string(trim(text.substr(separator + 1)))};
}

report_fields::report_fields(std::string_view block) {
  for (const auto& field : mime::header_fields(block)) {
    if (!field.name.empty()) fields_.emplace_back(to_lower(field.name), mime::unfold(field.value));
  }
}

std::optional<std::string> report_fields::take(std::string_view name) {
  const auto wanted = to_lower(name);
  const auto at = std::find_if(fields_.begin(), fields_.end(), [&](const auto& f) { return f.first == wanted; });
  if (at == fields_.end()) return std::nullopt;
  auto text = std::move(at->second);
  fields_.erase(at);
  return text;
}

result<std::string> report_fields::require(std::string_view name) {
  auto text = take(name);
  if (!text) return fail("the field {} is missing", name);
  return std::move(*text);
}

std::vector<std::string> report_fields::take_all(std::string_view name) {
  const auto wanted = to_lower(name);
  std::vector<std::string> all;
  for (auto& [field, text] : fields_) {
    if (field == wanted) all.push_back(std::move(text));
  }
  std::erase_if(fields_, [&](const auto& f) { return f.first == wanted; });
  return all;
}

std::optional<wall_time> report_fields::take_date(std::string_view name) {
  const auto text = take(name);
  return text ? mime::parse_date(*text) : std::nullopt;
}

std::optional<typed_name> report_fields::take_typed(std::string_view name) {
  const auto text = take(name);
  if (!text) return std::nullopt;
  return typed_name::parse(*text);
}

object report_fields::extensions() const {
  object out;
  for (const auto& [name, text] : fields_) {
    if (!out.find(name)) out.set(name, value::array{});
    out.find(name)->as_array()->push_back(text_or_bytes(text));
  }
  return out;
}

std::vector<report_fields> read_field_groups(std::string_view text) {
  std::vector<report_fields> groups;
  while (!text.empty()) {
    const auto extent = mime::find_header_end(text);
    if (report_fields group(text.substr(0, extent.fields_end)); !group.empty()) groups.push_back(std::move(group));
    text.remove_prefix(extent.body_begin);
  }
  return groups;
}

value text_or_bytes(std::string_view text) {
  if (is_valid_utf8(text)) return text;
  value::array bytes;
  bytes.reserve(text.size());
  for (const char c : text) bytes.emplace_back(static_cast<unsigned>(static_cast<unsigned char>(c)));
  return bytes;
}

value to_value(const std::optional<std::string>& text) { return text ? text_or_bytes(*text) : value{}; }

value to_value(const std::optional<wall_time>& when) { return when ? value(format_rfc3339(*when)) : value{}; }

value to_value(const std::vector<std::string>& texts) {
  value::array all;
  for (const auto& text : texts) all.push_back(text_or_bytes(text));
  return all;
}

}  // namespace godwit::mail
