// Reading an argument whose type is known at run time only: functions declared by shared objects.
#include "lua/stack.hpp"

#include <lua.hpp>

#include "config/options.hpp"
#include "lua/box.hpp"
#include "lua/registry.hpp"

namespace godwit::lua::stack {

namespace {

std::vector<object_ref> read_objects(const cursor& c, const type_tag& tag) {
  std::vector<object_ref> all;
  lua_State* L = c.call.state;
  if (!lua_istable(L, c.index)) bad_argument(c, "array of " + tag.name);
  const auto n = static_cast<lua_Integer>(lua_rawlen(L, c.index));
  for (lua_Integer i = 1; i <= n; ++i) {
    lua_rawgeti(L, c.index, i);
    const std::string at = fmt::format("element {}", i);
    all.push_back({&tag, read_pointer({c.call, lua_gettop(L), c.argument, at.c_str()}, tag)});
    lua_pop(L, 1);
  }
  return all;
}

value read_array(const cursor& c, const type_spec& spec) {
  value v = read_value(c);
  if (v.as_object() && v.as_object()->empty()) return value::array{};
  if (!v.as_array()) bad_argument(c, spec.text());
  return v;
}

}  // namespace

any read_spec(const cursor& c, const type_spec& spec) {
  using kind = type_spec::kind;
  if (is_nil(c.call.state, c.index)) {
    if (spec.is_optional || spec.what == kind::any) return value{};
    bad_argument(c, spec.text());
  }
  switch (spec.what) {
    case kind::any:
      return read_any(c);
    case kind::boolean:
      return value(read_boolean(c));
    case kind::integer:
      return value(read_integer(c));
    case kind::number:
      return value(read_number(c));
    case kind::string:
      return value(read_string(c));
    case kind::duration:
      return value(std::chrono::duration<double>(read_duration(c)).count());
    case kind::object:
      return object_ref{spec.tag, read_pointer(c, *spec.tag)};
    case kind::array:
      if (spec.element && spec.element->what == kind::object) return read_objects(c, *spec.element->tag);
      return read_array(c, spec);
    case kind::table:
    case kind::map:
    case kind::options:
      return value(read_object(c));
    case kind::function:
      bad_argument_text(c, "functions cannot be given to a module");
  }
  return value{};
}

}  // namespace godwit::lua::stack
