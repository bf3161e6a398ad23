#include "lua_api/declarations.hpp"
#include "lua_api/types.hpp"

namespace godwit::lua_api {

namespace {

value to_value(const mail::auth_info& a) {
  value::array identities;
  for (const auto& i : a.identities)
    identities.push_back(object{{"identity", i.identity}, {"context", i.context}});
  value::array groups;
  for (const auto& g : a.groups) groups.emplace_back(g);
  return object{{"identities", std::move(identities)}, {"groups", std::move(groups)}};
}

}  // namespace

void declare_connections(lua::module& kumo) {
  kumo.type<mail::auth_info>("Who the peer has shown to be.").like_table(to_value);
  kumo.type<mail::connection_context>("Metadata of an inbound connection, copied to each of its messages.")
      .method("get_meta", {"name"}, "A metadata value.",
              [](const mail::connection_context& c, std::string_view name) {
                const value* v = c.meta.find(name);
                return v ? *v : value{};
              })
      .method(
          "set_meta", {"name", "value"}, "Sets a metadata value; names of yours start with x_.",
          [](mail::connection_context& c, std::string_view name, value v) { c.meta.set(name, std::move(v)); })
      .method("auth_info", {}, "Copy of what authentication has shown.",
              [](const mail::connection_context& c) { return std::make_shared<mail::auth_info>(c.auth); });
}

}  // namespace godwit::lua_api
