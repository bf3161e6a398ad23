#include "lua/declared_call.hpp"

#include "lua/scripting.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

int call_declared(lua_State* L) {
  const auto& f = *static_cast<const function_decl*>(lua_touserdata(L, lua_upvalueindex(1)));
  return guarded(L, [&] {
    context c{L, vm::of(L), f};
    return f.body->call(c);
  });
}

// Where a suspended function goes on: its operation has ended.
int continue_declared(lua_State* L, int, lua_KContext) {
  return guarded(L, [&] {
    auto op = vm::of(L).take_operation();
    if (!op) throw std::runtime_error("the script was resumed before what it waits for had ended");
    return op->push(L);
  });
}

}  // namespace

void push_function(lua_State* L, const function_decl& f) {
  lua_pushlightuserdata(L, const_cast<function_decl*>(&f));
  lua_pushcclosure(L, call_declared, 1);
}

const function_decl& anonymous_function() {
  static const function_decl one = [] {
    function_decl d;
    d.name = d.full_name = "function";
    return d;
  }();
  return one;
}

int suspend(context& c, std::unique_ptr<operation> op) {
  if (!lua_isyieldable(c.state)) {
    throw std::runtime_error(
        fmt::format("{} waits and cannot be called here: not inside require, nor in a callback of "
                    "table.sort, string.gsub and the like",
                    c.function.full_name));
  }
  c.vm.wait_for(std::move(op));
  return lua_yieldk(c.state, 0, 0, continue_declared);
}

}  // namespace godwit::lua
