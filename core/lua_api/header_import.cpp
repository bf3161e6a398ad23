#include "lua_api/header_import.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "mime/encoded_word.hpp"
#include "mime/header.hpp"

namespace godwit::config {

template <>
struct enum_names<lua_api::header_match> {
  using m = lua_api::header_match;
  static constexpr std::array all{std::pair{std::string_view("first"), m::first},
                                  std::pair{std::string_view("last"), m::last},
                                  std::pair{std::string_view("all"), m::all}};
};

template <>
struct enum_names<lua_api::name_transform> {
  using t = lua_api::name_transform;
  static constexpr std::array all{std::pair{std::string_view("snake_case"), t::snake_case},
                                  std::pair{std::string_view("kebab_case"), t::kebab_case},
                                  std::pair{std::string_view("camel_case"), t::camel_case},
                                  std::pair{std::string_view("pascal_case"), t::pascal_case}};
};

}  // namespace godwit::config

namespace godwit::lua_api {

const config::options<header_import>& header_import_table() {
  using h = header_import;
  static const auto& table =
      (new config::options<h>("import_headers", "Which header fields become metadata."))
          ->required("name", &h::name, "Header name; a trailing * selects all that start so.")
          .field("match", &h::match, "Which of several fields of the name.")
          .field("transform", &h::transform, "How the header name becomes a metadata name.")
          .field("target", &h::target, "The metadata name; not with a wildcard.")
          .field("remove", &h::remove, "Whether the fields leave the message.")
          .rule([](const h& v) -> std::optional<std::string> {
            if (v.target && v.name.ends_with('*')) return "target cannot be used with a wildcard name";
            return std::nullopt;
          });
  return table;
}

bool header_import::selects(std::string_view header) const {
  if (name.ends_with('*')) return istarts_with(header, std::string_view(name).substr(0, name.size() - 1));
  return iequals(header, name);
}

std::string transform_name(std::string_view header, name_transform how) {
  std::string name = to_lower(header);
  if (how == name_transform::kebab_case) return name;
  if (how == name_transform::snake_case) {
    std::ranges::replace(name, '-', '_');
    return name;
  }
  std::string joined;
  bool is_start = how == name_transform::pascal_case;
  for (const char c : name) {
    if (c == '-') {
      is_start = true;
      continue;
    }
    joined += is_start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    is_start = false;
  }
  return joined;
}

namespace {

void keep(object& found, const std::string& key, std::string text, header_match match) {
  value* known = found.find(key);
  if (match == header_match::all) {
    if (known)
      known->as_array()->emplace_back(std::move(text));
    else
      found.set(key, value::array{value(std::move(text))});
  } else if (!known || match == header_match::last) {
    found.set(key, value(std::move(text)));
  }
}

}  // namespace

void import_headers(mail::message& m, const std::vector<header_import>& imports) {
  const std::string block = m.header_block();
  object found;
  std::set<std::string> gone;
  for (const auto& field : mime::header_fields(block)) {
    const auto at = std::ranges::find_if(imports, [&](const auto& i) { return i.selects(field.name); });
    if (field.name.empty() || at == imports.end()) continue;
    keep(found, at->target ? *at->target : transform_name(field.name, at->transform),
         mime::decode_value(field.value), at->match);
    if (at->remove) gone.insert(to_lower(field.name));
  }
  for (auto& [key, v] : found) m.set_meta(key, std::move(v));
  for (const auto& name : gone) m.remove_all_named_headers(name);
}

}  // namespace godwit::lua_api
