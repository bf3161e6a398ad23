// coroutine.resume and coroutine.wrap that pass a wait on: when a function that suspends is called inside a
// script's own coroutine, every coroutine around it yields as well, up to the runner, and all go on when the
// wait has ended.
#include "lua/libraries.hpp"

#include <lua.hpp>

#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

int finish_resume(lua_State* L, int status, int results);
int finish_wrapped(lua_State* L, int status, int results);

// Resumes `co` and, while it waits for an operation, yields the calling thread. `done` shapes the results.
template <int (*Done)(lua_State*, int, int)>
int drive(lua_State* L, lua_State* co, int arguments);

template <int (*Done)(lua_State*, int, int)>
int drive_on(lua_State* L, int, lua_KContext thread) {
  return drive<Done>(L, reinterpret_cast<lua_State*>(thread), 0);
}

template <int (*Done)(lua_State*, int, int)>
int drive(lua_State* L, lua_State* co, int arguments) {
  int results = 0;
  const int status = lua_resume(co, L, arguments, &results);
  if (status == LUA_YIELD && vm::of(L).is_waiting()) {
    if (!lua_isyieldable(L)) {
      vm::of(L).take_operation();
      return luaL_error(L,
                        "a coroutine waits where the script around it cannot (a callback of a C function)");
    }
    lua_pop(co, results);
    return lua_yieldk(L, 0, reinterpret_cast<lua_KContext>(co), drive_on<Done>);
  }
  if (status == LUA_OK || status == LUA_YIELD) {
    luaL_checkstack(L, results + 1, "too many results to resume");
    lua_xmove(co, L, results);
    return Done(L, status, results);
  }
  lua_xmove(co, L, 1);
  return Done(L, status, 1);
}

int finish_resume(lua_State* L, int status, int results) {
  lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
  lua_insert(L, -(results + 1));
  return results + 1;
}

int finish_wrapped(lua_State* L, int status, int results) {
  if (status == LUA_OK || status == LUA_YIELD) return results;
  return lua_error(L);
}

// 0 when `co` can be resumed with what lies on it, else the reason is pushed.
bool cannot_resume(lua_State* L, lua_State* co) {
  const int status = lua_status(co);
  if (status == LUA_YIELD) return false;
  lua_Debug frame;
  if (status == LUA_OK && lua_getstack(co, 0, &frame)) {
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
    return true;
  }
  if (status == LUA_OK && lua_gettop(co) > 0) return false;
  lua_pushliteral(L, "cannot resume dead coroutine");
  return true;
}

int resume(lua_State* L) {
  lua_State* co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "coroutine");
  if (cannot_resume(L, co)) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  const int arguments = lua_gettop(L) - 1;
  if (!lua_checkstack(co, arguments)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, co, arguments);
  return drive<finish_resume>(L, co, arguments);
}

int call_wrapped(lua_State* L) {
  lua_State* co = lua_tothread(L, lua_upvalueindex(1));
  if (cannot_resume(L, co)) return lua_error(L);
  const int arguments = lua_gettop(L);
  if (!lua_checkstack(co, arguments)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, co, arguments);
  return drive<finish_wrapped>(L, co, arguments);
}

int wrap(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State* co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, call_wrapped, 1);
  return 1;
}

}  // namespace

void open_coroutines(lua_State* L) {
  lua_getglobal(L, LUA_COLIBNAME);
  lua_pushcfunction(L, resume);
  lua_setfield(L, -2, "resume");
  lua_pushcfunction(L, wrap);
  lua_setfield(L, -2, "wrap");
  lua_pop(L, 1);
}

}  // namespace godwit::lua
