#include "lua/stack.hpp"

#include <cmath>

#include <lua.hpp>

#include "base/duration.hpp"
#include "lua/box.hpp"
#include "lua/registry.hpp"

namespace godwit::lua::stack {

int count(lua_State* L) { return lua_gettop(L); }
bool is_nil(lua_State* L, int index) { return lua_isnoneornil(L, index); }
void reserve(lua_State* L, int slots) { luaL_checkstack(L, slots, "too many values"); }

std::string type_name_at(lua_State* L, int index) {
  if (lua_isnoneornil(L, index)) return "nil";
  if (const box* b = box_at(L, index)) return b->tag->name;
  return luaL_typename(L, index);
}

namespace {

std::string where(const cursor& c) {
  const auto& f = c.call.function;
  if (c.argument == 0) return fmt::format("bad argument 'self' to '{}'", f.full_name);
  const auto i = static_cast<std::size_t>(c.argument - 1);
  const auto& names = f.signature.parameters;
  std::string text = fmt::format("bad argument #{}", c.argument);
  if (i < names.size() && !names[i].name.empty()) text += fmt::format(" '{}'", names[i].name);
  return text + fmt::format(" to '{}'", f.full_name);
}

}  // namespace

void bad_argument_text(const cursor& c, std::string_view text) {
  std::string what = where(c);
  if (c.inside) what += fmt::format(" (in {})", c.inside);
  throw std::runtime_error(fmt::format("{} ({})", what, text));
}

void bad_argument(const cursor& c, std::string_view expected) {
  std::string text = fmt::format("{} expected, got {}", expected, type_name_at(c.call.state, c.index));
  if (c.argument == 0) text += "; call it with a colon";
  bad_argument_text(c, text);
}

bool read_boolean(const cursor& c) {
  if (!lua_isboolean(c.call.state, c.index)) bad_argument(c, "boolean");
  return lua_toboolean(c.call.state, c.index);
}

std::int64_t read_integer(const cursor& c) {
  int ok = 0;
  const auto v = lua_tointegerx(c.call.state, c.index, &ok);
  if (ok) return v;
  if (lua_isnumber(c.call.state, c.index))
    bad_argument_text(c, "integer expected, got a number with a fraction");
  bad_argument(c, "integer");
}

double read_number(const cursor& c) {
  int ok = 0;
  const double v = lua_tonumberx(c.call.state, c.index, &ok);
  if (!ok) bad_argument(c, "number");
  return v;
}

std::string_view read_string(const cursor& c) {
  std::size_t size = 0;
  // Numbers are taken as text, as Lua's own functions do.
  const char* text = lua_tolstring(c.call.state, c.index, &size);
  if (!text) bad_argument(c, "string");
  return {text, size};
}

duration read_duration(const cursor& c) {
  lua_State* L = c.call.state;
  if (lua_type(L, c.index) == LUA_TNUMBER) {
    const double seconds = lua_tonumber(L, c.index);
    if (!(seconds >= 0 && seconds < 9e9))
      bad_argument_text(c, fmt::format("{} seconds is out of range", seconds));
    return std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds));
  }
  if (lua_type(L, c.index) != LUA_TSTRING) bad_argument(c, "duration (seconds, or text like \"5m\")");
  auto parsed = parse_duration(read_string(c));
  if (!parsed) bad_argument_text(c, parsed.why().text);
  return *parsed;
}

value read_value(const cursor& c) {
  auto v = to_value(c.call.state, c.index);
  if (!v) bad_argument_text(c, v.why().text);
  return std::move(*v);
}

object read_object(const cursor& c) {
  value v = read_value(c);
  if (auto* o = v.as_object()) return std::move(*o);
  if (v.as_array() && v.as_array()->empty()) return {};
  bad_argument(c, "table");
}

const std::shared_ptr<void>* test_pointer(lua_State* L, int index, const type_tag& tag) {
  box* b = box_at(L, index);
  return b && b->tag == &tag && b->pointer ? &b->pointer : nullptr;
}

const std::shared_ptr<void>& read_pointer(const cursor& c, const type_tag& tag) {
  box* b = box_at(c.call.state, c.index);
  if (!b || b->tag != &tag) bad_argument(c, tag.name);
  if (!b->pointer) bad_argument_text(c, tag.name + " is used after the event that gave it has ended");
  return b->pointer;
}

namespace {

// An array whose elements are all objects; empty when it is not one.
std::vector<object_ref> objects_at(lua_State* L, int index) {
  std::vector<object_ref> all;
  const auto n = static_cast<lua_Integer>(lua_rawlen(L, index));
  for (lua_Integer i = 1; i <= n; ++i) {
    lua_rawgeti(L, index, i);
    box* b = box_at(L, -1);
    if (b && b->pointer) all.push_back({b->tag, b->pointer});
    lua_pop(L, 1);
    if (all.size() != static_cast<std::size_t>(i)) return {};
  }
  return all;
}

}  // namespace

any read_any(const cursor& c) {
  lua_State* L = c.call.state;
  if (box* b = box_at(L, c.index)) {
    if (!b->pointer) bad_argument_text(c, b->tag->name + " is used after the event that gave it has ended");
    return object_ref{b->tag, b->pointer};
  }
  if (lua_istable(L, c.index)) {
    if (auto objects = objects_at(L, c.index); !objects.empty()) return objects;
  }
  return read_value(c);
}

void for_each_element(const cursor& c, void* data, void (*read)(void* data, const cursor& element)) {
  lua_State* L = c.call.state;
  if (!lua_istable(L, c.index)) bad_argument(c, "array");
  reserve(L, 4);
  const auto n = static_cast<lua_Integer>(lua_rawlen(L, c.index));
  for (lua_Integer i = 1; i <= n; ++i) {
    lua_rawgeti(L, c.index, i);
    const std::string at = fmt::format("element {}", i);
    read(data, {c.call, lua_gettop(L), c.argument, at.c_str()});
    lua_pop(L, 1);
  }
}

void for_each_member(const cursor& c, void* data,
                     void (*read)(void* data, std::string key, const cursor& member)) {
  lua_State* L = c.call.state;
  if (!lua_istable(L, c.index)) bad_argument(c, "table");
  reserve(L, 4);
  lua_pushnil(L);
  while (lua_next(L, c.index)) {
    if (lua_type(L, -2) != LUA_TSTRING) bad_argument_text(c, "keys must be strings");
    std::string key = lua_tostring(L, -2);
    const std::string at = fmt::format("member {}", key);
    read(data, std::move(key), {c.call, lua_gettop(L), c.argument, at.c_str()});
    lua_pop(L, 1);
  }
}

}  // namespace godwit::lua::stack
