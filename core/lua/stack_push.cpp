#include "lua/stack.hpp"

#include <lua.hpp>

#include "lua/box.hpp"

namespace godwit::lua::stack {

void push_nil(lua_State* L) { lua_pushnil(L); }
void push_boolean(lua_State* L, bool v) { lua_pushboolean(L, v); }
void push_integer(lua_State* L, std::int64_t v) { lua_pushinteger(L, v); }
void push_number(lua_State* L, double v) { lua_pushnumber(L, v); }
void push_string(lua_State* L, std::string_view v) { lua_pushlstring(L, v.data(), v.size()); }

void push_table(lua_State* L, std::size_t array_size, std::size_t member_count) {
  luaL_checkstack(L, 4, "value is nested too deeply");
  lua_createtable(L, static_cast<int>(array_size), static_cast<int>(member_count));
}
void set_element(lua_State* L, std::int64_t i) { lua_rawseti(L, -2, i); }
void set_member(lua_State* L, std::string_view name) {
  lua_pushlstring(L, name.data(), name.size());
  lua_insert(L, -2);
  lua_rawset(L, -3);
}

void push_object(lua_State* L, const object& v) {
  push_table(L, 0, v.size());
  for (const auto& [key, member] : v) {
    lua_pushlstring(L, key.data(), key.size());
    push_value(L, member);
    lua_rawset(L, -3);
  }
}

void push_value(lua_State* L, const value& v) {
  switch (v.type()) {
    case value::kind::null:
      return lua_pushnil(L);
    case value::kind::boolean:
      return push_boolean(L, *v.as_bool());
    case value::kind::integer:
      return lua_pushinteger(L, *v.as_integer());
    case value::kind::number:
      return lua_pushnumber(L, *v.as_number());
    case value::kind::string:
      return push_string(L, *v.as_string());
    case value::kind::object:
      return push_object(L, *v.as_object());
    case value::kind::array:
      break;
  }
  push_table(L, v.as_array()->size(), 0);
  lua_Integer i = 0;
  for (const auto& item : *v.as_array()) {
    push_value(L, item);
    lua_rawseti(L, -2, ++i);
  }
}

void push_pointer(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer) {
  push_box(L, tag, std::move(pointer));
}

void push_any(lua_State* L, const any& v) {
  if (const auto* data = std::get_if<value>(&v)) return push_value(L, *data);
  if (const auto* one = std::get_if<object_ref>(&v)) return push_pointer(L, *one->tag, one->pointer);
  const auto& all = std::get<std::vector<object_ref>>(v);
  push_table(L, all.size(), 0);
  lua_Integer i = 0;
  for (const auto& one : all) {
    push_pointer(L, *one.tag, one.pointer);
    lua_rawseti(L, -2, ++i);
  }
}

}  // namespace godwit::lua::stack
