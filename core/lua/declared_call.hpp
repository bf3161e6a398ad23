#pragma once
// The C functions that Lua calls for declared functions. Private to this library.

#include <exception>
#include <stdexcept>

#include <lua.hpp>

#include "lua/box.hpp"
#include "lua/registry.hpp"

namespace godwit::lua {

/// Pushes a closure that calls `f`, which must outlive the VM's use (its catalogue keeps it).
void push_function(lua_State* L, const function_decl& f);

/// Runs `body` and turns C++ exceptions into Lua errors. Lua's own errors are no std::exception and pass
/// through; C++ objects on the way are destroyed, because this is the C++ build of Lua.
template <class F>
int guarded(lua_State* L, F body) {
  try {
    return body();
  } catch (const rejection& r) {
    push_box(L, tag_of<rejection>(), std::make_shared<rejection>(r));
  } catch (const std::exception& e) {
    luaL_where(L, 1);
    lua_pushstring(L, e.what());
    lua_concat(L, 2);
  }
  return lua_error(L);
}

}  // namespace godwit::lua
