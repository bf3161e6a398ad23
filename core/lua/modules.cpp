// Declared modules as scripts see them: require 'kumo', require 'kumo.dns', and kumo.dns as a field. Tables
// are built when first asked for, since a VM rarely uses all of them.
#include <lua.hpp>

#include "lua/chunk_cache.hpp"
#include "lua/declared_call.hpp"
#include "lua/libraries.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

enum class search { declared, loader };
bool push_module(lua_State* L, const std::string& name, search where);

// __index of a module table: kumo.dns is module "kumo.dns".
int find_member(lua_State* L) {
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const std::string parent = lua_tostring(L, lua_upvalueindex(1));
  const std::string key = lua_tostring(L, 2);
  return guarded(L, [&] {
    if (!push_module(L, parent + "." + key, search::loader)) return 0;
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    lua_rawset(L, 1);
    return 1;
  });
}

void push_members(lua_State* L, const catalogue::module_entry& module) {
  lua_createtable(L, 0, static_cast<int>(module.functions.size() + module.constants.size()));
  for (const auto& f : module.functions) {
    push_function(L, *f);
    lua_setfield(L, -2, f->name.c_str());
  }
  for (const auto& c : module.constants) {
    stack::push_value(L, c.content);
    lua_setfield(L, -2, c.name.c_str());
  }
}

bool push_module(lua_State* L, const std::string& name, search where) {
  luaL_checkstack(L, 8, nullptr);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, name.c_str()) != LUA_TNIL) {
    lua_remove(L, -2);
    return true;
  }
  lua_pop(L, 1);
  vm& v = vm::of(L);
  const auto* module = v.find_module(name);
  if (!module && where == search::loader && v.load_declarations(name)) module = v.find_module(name);
  if (!module) {
    lua_pop(L, 1);
    return false;
  }
  push_members(L, *module);
  lua_createtable(L, 0, 1);
  lua_pushlstring(L, name.data(), name.size());
  lua_pushcclosure(L, find_member, 1);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, name.c_str());
  lua_remove(L, -2);
  return true;
}

int return_first_upvalue(lua_State* L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  return 1;
}

template <search Where>
int search_module(lua_State* L) {
  const std::string name = luaL_checkstring(L, 1);
  return guarded(L, [&] {
    if (!push_module(L, name, Where)) {
      if (Where == search::loader)
        lua_pushfstring(L, "no module '%s' is declared or can be loaded", name.c_str());
      else
        lua_pushnil(L);
      return 1;
    }
    lua_pushcclosure(L, return_first_upvalue, 1);
    return 1;
  });
}

int search_file(lua_State* L) {
  luaL_checkstring(L, 1);
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchpath");
  lua_pushvalue(L, 1);
  lua_getfield(L, -3, "path");
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return 1;  // where it was looked for
  lua_pop(L, 1);
  const std::string file = luaL_checkstring(L, -1);
  return guarded(L, [&] {
    if (auto loaded = vm::of(L).chunks().load(L, file); !loaded) throw std::runtime_error(loaded.why().text);
    lua_pushlstring(L, file.data(), file.size());
    return 2;
  });
}

}  // namespace

void open_modules(lua_State* L, const std::string& package_path) {
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "path");
  const std::string path =
      package_path.empty() ? lua_tostring(L, -1) : package_path + ";" + lua_tostring(L, -1);
  lua_pop(L, 1);
  lua_pushlstring(L, path.data(), path.size());
  lua_setfield(L, -2, "path");
  // Files come before the loader, which may open a shared object; a declared module wins over a file of its
  // name.
  lua_createtable(L, 4, 0);
  lua_getfield(L, -2, "searchers");
  lua_rawgeti(L, -1, 1);  // package.preload
  lua_rawseti(L, -3, 1);
  lua_pop(L, 1);
  lua_Integer i = 1;
  for (const auto searcher : {search_module<search::declared>, search_file, search_module<search::loader>}) {
    lua_pushcfunction(L, searcher);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "searchers");
  lua_pop(L, 1);
}

}  // namespace godwit::lua
