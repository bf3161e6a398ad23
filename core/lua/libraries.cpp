#include "lua/libraries.hpp"

#include <lua.hpp>

namespace godwit::lua {

namespace {

void remove_members(lua_State* L, const char* table, std::initializer_list<const char*> names) {
  lua_getglobal(L, table);
  for (const char* name : names) {
    lua_pushnil(L);
    lua_setfield(L, -2, name);
  }
  lua_pop(L, 1);
}

// load() as Lua has it, but for text only: crafted bytecode could break the process.
int load_text(lua_State* L) {
  lua_settop(L, 4);
  const bool has_environment = !lua_isnil(L, 4);  // an explicit nil counts as none
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  if (!has_environment) lua_pop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, has_environment ? 4 : 3, LUA_MULTRET);
  return lua_gettop(L);
}

void keep_debug_basics(lua_State* L) {
  luaL_requiref(L, LUA_DBLIBNAME, luaopen_debug, 0);
  lua_createtable(L, 0, 2);
  for (const char* name : {"traceback", "getinfo"}) {
    lua_getfield(L, -2, name);
    lua_setfield(L, -2, name);
  }
  lua_pushvalue(L, -1);
  lua_setglobal(L, LUA_DBLIBNAME);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_insert(L, -2);
  lua_setfield(L, -2, LUA_DBLIBNAME);
  lua_pop(L, 2);
}

}  // namespace

void open_libraries(lua_State* L) {
  const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},          {LUA_LOADLIBNAME, luaopen_package},
                                {LUA_COLIBNAME, luaopen_coroutine}, {LUA_TABLIBNAME, luaopen_table},
                                {LUA_IOLIBNAME, luaopen_io},        {LUA_OSLIBNAME, luaopen_os},
                                {LUA_STRLIBNAME, luaopen_string},   {LUA_MATHLIBNAME, luaopen_math},
                                {LUA_UTF8LIBNAME, luaopen_utf8}};
  for (const auto& library : libraries) {
    luaL_requiref(L, library.name, library.func, 1);
    lua_pop(L, 1);
  }
  keep_debug_basics(L);
  remove_members(L, LUA_OSLIBNAME, {"execute", "exit", "setlocale"});
  remove_members(L, LUA_IOLIBNAME, {"popen"});
  remove_members(L, LUA_STRLIBNAME, {"dump"});
  remove_members(L, LUA_LOADLIBNAME, {"loadlib", "cpath"});
  lua_getglobal(L, "load");
  lua_pushcclosure(L, load_text, 1);
  lua_setglobal(L, "load");
  open_coroutines(L);
}

}  // namespace godwit::lua
