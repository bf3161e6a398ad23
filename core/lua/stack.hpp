#pragma once
// Typed access to the Lua stack for the binding templates, without Lua's own header. Readers take the
// position in the argument list and raise "bad argument #2 'domain' to 'kumo.dns.lookup_txt' (string
// expected, got nil)".

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/duration.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "lua/any.hpp"
#include "lua/callable.hpp"

namespace godwit::lua::stack {

/// Where a reader is: the next argument of the call, or an element inside it.
struct cursor {
  context& call;
  int index = 1;                 ///< stack index of the next argument
  int argument = 1;              ///< its number for texts (self does not count)
  const char* inside = nullptr;  ///< set while reading elements of an array or map
};

int count(lua_State* L);
bool is_nil(lua_State* L, int index);  ///< nil or beyond the last argument

[[noreturn]] void bad_argument(const cursor& c, std::string_view expected);
[[noreturn]] void bad_argument_text(const cursor& c, std::string_view text);

bool read_boolean(const cursor& c);
std::int64_t read_integer(const cursor& c);
double read_number(const cursor& c);
std::string_view read_string(const cursor& c);  ///< valid while the argument is on the stack
duration read_duration(const cursor& c);
value read_value(const cursor& c);
object read_object(const cursor& c);
/// The pointer inside an object of type `tag`.
const std::shared_ptr<void>& read_pointer(const cursor& c, const type_tag& tag);
/// Null when the argument is no object of that type.
const std::shared_ptr<void>* test_pointer(lua_State* L, int index, const type_tag& tag);
any read_any(const cursor& c);
any read_spec(const cursor& c, const type_spec& spec);  ///< checked against `spec`

/// Elements of the sequence at c.index, each pushed on top in turn for `read(c)`.
void for_each_element(const cursor& c, void* data, void (*read)(void* data, const cursor& element));
void for_each_member(const cursor& c, void* data,
                     void (*read)(void* data, std::string key, const cursor& member));

void push_nil(lua_State* L);
void push_boolean(lua_State* L, bool v);
void push_integer(lua_State* L, std::int64_t v);
void push_number(lua_State* L, double v);
void push_string(lua_State* L, std::string_view v);
void push_value(lua_State* L, const value& v);
void push_object(lua_State* L, const object& v);
void push_pointer(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer);
void push_any(lua_State* L, const any& v);
void push_table(lua_State* L, std::size_t array_size, std::size_t member_count);
void set_element(lua_State* L, std::int64_t i);        ///< t[i] = top; pops it
void set_member(lua_State* L, std::string_view name);  ///< t[name] = top; pops it

/// Data form of whatever is at `index`; tables become arrays or objects, objects their to_value. An error
/// names the path and what cannot be data.
result<value> to_value(lua_State* L, int index);
std::string type_name_at(lua_State* L, int index);  ///< "Message", "string", "nil", …

/// Reserves room on the stack; raises when there is none.
void reserve(lua_State* L, int slots);

}  // namespace godwit::lua::stack
