#include "unit/lua/script_fixture.hpp"

#include <lua.hpp>

namespace godwit::test {

namespace {

int on(lua_State* L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  auto& v = lua::vm::of(L);
  v.add_handler(L, v.engine()->events().intern(lua_tostring(L, 1)), "test");
  return 0;
}

}  // namespace

void declare_test_functions(lua::registry& r, lua::event_names*) {
  lua::module m("kumo", "Test functions.");
  m.raw_function("on", {}, "Registers a handler.", on);
  m.function("reject", {"code", "text"}, "Rejects.",
             [](int code, std::string text) { throw lua::rejection(code, text); });
  m.function("sleep", {"seconds"}, "Waits.", [](double s) -> rt::task<> {
    co_await rt::sleep_for(std::chrono::nanoseconds(static_cast<std::int64_t>(s * 1e9)));
  });
  m.function("wait_for", {"what"}, "Waits, then gives it back.",
             [](std::string what) -> rt::task<std::string> {
               co_await rt::sleep_for(std::chrono::milliseconds(1));
               co_return what;
             });
  m.function("wait_and_fail", {}, "Waits, then fails.", []() -> rt::task<result<std::string>> {
    co_await rt::sleep_for(std::chrono::milliseconds(1));
    co_return error{"no such host"};
  });
  REQUIRE(r.add("test", std::move(m)));
}

}  // namespace godwit::test
