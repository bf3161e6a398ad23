// From Lua to plain data. A table is an array when its keys are exactly 1…n, else an object; the empty table
// is an empty object (readers of arrays accept that).
#include "lua/stack.hpp"

#include <lua.hpp>

#include "lua/box.hpp"
#include "lua/catalogue.hpp"
#include "lua/vm.hpp"

namespace godwit::lua::stack {

namespace {

constexpr int max_depth = 64;

struct failure {
  std::string text;
  std::string path;  ///< built from the inside out
};

bool convert(lua_State* L, int index, value& out, failure& why, int depth);

bool is_sequence(lua_State* L, int index, std::size_t n) {
  std::size_t keys = 0;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pop(L, 1);
    if (++keys > n) {
      lua_pop(L, 1);
      return false;
    }
  }
  return keys == n;
}

bool convert_sequence(lua_State* L, int index, std::size_t n, value& out, failure& why, int depth) {
  value::array items(n);
  for (std::size_t i = 0; i < n; ++i) {
    lua_rawgeti(L, index, static_cast<lua_Integer>(i + 1));
    const bool ok = convert(L, lua_gettop(L), items[i], why, depth);
    lua_pop(L, 1);
    if (!ok) {
      why.path = fmt::format("[{}]{}", i + 1, why.path);
      return false;
    }
  }
  out = std::move(items);
  return true;
}

std::optional<std::string> key_text(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    return std::string(text, size);
  }
  if (lua_isinteger(L, index)) return std::to_string(lua_tointeger(L, index));
  return std::nullopt;
}

bool convert_members(lua_State* L, int index, value& out, failure& why, int depth) {
  std::vector<object::member> members;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    auto key = key_text(L, lua_gettop(L) - 1);
    if (!key) {
      why.text = fmt::format("a table key of type {} cannot be data", type_name_at(L, lua_gettop(L) - 1));
      lua_pop(L, 2);
      return false;
    }
    value member;
    const bool ok = convert(L, lua_gettop(L), member, why, depth);
    lua_pop(L, ok ? 1 : 2);
    if (!ok) {
      why.path = fmt::format(".{}{}", *key, why.path);
      return false;
    }
    members.emplace_back(std::move(*key), std::move(member));
  }
  out = object::of_distinct(std::move(members));
  return true;
}

bool convert_table(lua_State* L, int index, value& out, failure& why, int depth) {
  if (depth > max_depth || !lua_checkstack(L, 8)) {
    why.text = "the table is nested too deeply, or contains itself";
    return false;
  }
  const auto n = static_cast<std::size_t>(lua_rawlen(L, index));
  if (n > 0 && is_sequence(L, index, n)) return convert_sequence(L, index, n, out, why, depth + 1);
  return convert_members(L, index, out, why, depth + 1);
}

bool convert_box(lua_State* L, const box& b, value& out, failure& why) {
  const auto* type = vm::of(L).find_type(*b.tag);
  if (!b.pointer) {
    why.text = b.tag->name + " is used after the event that gave it has ended";
  } else if (!type || !type->to_value) {
    why.text = fmt::format("an object of type {} cannot be data", b.tag->name);
  } else {
    out = type->to_value(b.pointer);
    return true;
  }
  return false;
}

bool convert(lua_State* L, int index, value& out, failure& why, int depth) {
  switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL:
      out = value{};
      return true;
    case LUA_TBOOLEAN:
      out = value(lua_toboolean(L, index) != 0);
      return true;
    case LUA_TNUMBER:
      out = lua_isinteger(L, index) ? value(std::int64_t{lua_tointeger(L, index)})
                                    : value(lua_tonumber(L, index));
      return true;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* text = lua_tolstring(L, index, &size);
      out = value(std::string_view(text, size));
      return true;
    }
    case LUA_TTABLE:
      return convert_table(L, index, out, why, depth);
    case LUA_TUSERDATA:
      if (const box* b = box_at(L, index)) return convert_box(L, *b, out, why);
      break;
    default:
      break;
  }
  why.text = fmt::format("a {} cannot be data", luaL_typename(L, index));
  return false;
}

}  // namespace

result<value> to_value(lua_State* L, int index) {
  value out;
  failure why;
  luaL_checkstack(L, 8, nullptr);
  if (convert(L, lua_absindex(L, index), out, why, 0)) return out;
  if (why.path.empty()) return error{why.text};
  return fail("{}, at {}", why.text, why.path.starts_with('.') ? why.path.substr(1) : why.path);
}

}  // namespace godwit::lua::stack
