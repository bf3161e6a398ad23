#pragma once
// What a fresh VM contains before the policy runs. Private to this library.

#include <string>

struct lua_State;

namespace godwit::lua {

/// Lua's own libraries, without what would run a shell, end the process, load machine code or inspect other
/// frames. coroutine.resume and wrap let a function wait inside a script's own coroutine.
void open_libraries(lua_State* L);
/// `require` finds declared modules, then files (compiled once per generation), then asks the registry's
/// loader.
void open_modules(lua_State* L, const std::string& package_path);
void open_coroutines(lua_State* L);

}  // namespace godwit::lua
