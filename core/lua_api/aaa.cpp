// kumo.aaa: access control lists for the event get_acl_definition. A list is a plain table, checked when it is made.
#include "config/toml.hpp"
#include "http/acl.hpp"
#include "lua_api/declarations.hpp"
#include "net/key_source.hpp"

namespace godwit::lua_api {

/// What kumo.aaa.load_acl_map returns.
struct acl_book {
  http::acl_map resources;
};

}  // namespace godwit::lua_api

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<lua_api::acl_book> = "AclMap";

}  // namespace godwit::lua

namespace godwit::lua_api {

namespace {

result<value> make_list(value rules) {
  auto list = http::parse_acl(rules);
  if (!list) return fail("make_access_control_list: {}", list.why().text);
  return http::to_value(*list);
}

result<std::shared_ptr<acl_book>> load_map(value source) {
  const auto text = net::load_key_source(source);
  if (!text) return fail("load_acl_map: {}", text.why().text);
  const auto* file = source.as_string();
  const auto tree = config::parse_toml(*text, file ? *file : "ACL map");
  if (!tree) return fail("load_acl_map: {}", tree.why().text);
  auto resources = http::parse_acl_map(*tree);
  if (!resources) return fail("load_acl_map: {}", resources.why().text);
  return std::make_shared<acl_book>(acl_book{std::move(*resources)});
}

std::optional<value> find_list(const acl_book& book, std::string_view resource) {
  const auto at = book.resources.find(resource);
  return at == book.resources.end() ? std::nullopt : std::optional(http::to_value(at->second));
}

}  // namespace

void declare_aaa(lua::module& aaa, services& s) {
  aaa.type<acl_book>("An ACL map file, by resource.")
      .method("get", {"resource"}, "The access control list of exactly that resource, or nil.", find_list);
  aaa.function("make_access_control_list", {"rules"},
               "An access control list from an array of {criteria, privilege, access}; the first rule that matches decides.",
               make_list);
  aaa.function("load_acl_map", {"source"}, "Reads an ACL map (TOML) from a KeySource.", load_map);
  aaa.function("set_acl_cache_ttl", {"ttl"}, "How long answers of get_acl_definition hold.",
               [&s](duration ttl) { s.acl_cache_ttl_ns = ttl.count(); });
  aaa.function("set_check_cache_ttl", {"ttl"}, "Accepted; only definitions are kept, each request is checked against them.",
               [](duration) {});
  aaa.function("set_fall_back_to_acl_map", {"enable"},
               "Whether the built-in lists apply where get_acl_definition returns nothing.",
               [&s](bool enable) { s.falls_back_to_acl_map = enable; });
}

}  // namespace godwit::lua_api
