#pragma once
// For the few functions of the core that work on the Lua stack themselves. Includes Lua's own header.

#include <lua.hpp>

#include "lua/declared_call.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

/// Stands for a function without declaration in texts.
const function_decl& anonymous_function();

/// Runs `body` with C++ exceptions turned into Lua errors.
template <class F>
int guarded_call(lua_State* L, F body) {
  return guarded(L, std::move(body));
}

}  // namespace godwit::lua
