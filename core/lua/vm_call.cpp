// Running a call: budget, suspension, results.
#include <algorithm>
#include <stdexcept>

#include <asio/cancellation_state.hpp>
#include <asio/error.hpp>
#include <asio/system_error.hpp>
#include <asio/this_coro.hpp>
#include <lua.hpp>

#include "base/internal_error.hpp"
#include "lua/box.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

constexpr int instructions_per_check = 10'000;

using steady = std::chrono::steady_clock;

}  // namespace

void vm::count_instructions(lua_State* L, lua_Debug*) { vm::of(L).spend(L); }

// A script that goes on after its budget error (pcall in a loop) gets the error again at every instruction,
// so it unwinds.
void vm::spend(lua_State* L) {
  if (budget_.exceeded.empty()) {
    budget_.instructions += instructions_per_check;
    const auto used = budget_.used + (steady::now() - budget_.running_since);
    if (budget_.instructions > parts_.limits.instructions) {
      budget_.exceeded = fmt::format("the script was stopped after {} instructions", budget_.instructions);
    } else if (used > parts_.limits.run_time) {
      budget_.exceeded = fmt::format("the script was stopped after running for {} ms",
                                     std::chrono::duration_cast<std::chrono::milliseconds>(used).count());
    } else {
      return;
    }
  }
  lua_sethook(L, count_instructions, LUA_MASKCOUNT, 1);
  lua_sethook(thread_, count_instructions, LUA_MASKCOUNT, 1);
  luaL_error(L, "%s", budget_.exceeded.c_str());
}

lua_State* vm::begin(std::string_view event) {
  if (call_active_) on_internal_error("a Lua VM was entered while a script in it waits");
  call_active_ = true;
  current_event_ = event;
  budget_ = {};
  memory_.was_refused = false;
  lua_sethook(thread_, count_instructions, LUA_MASKCOUNT, instructions_per_check);
  if (!event.empty()) {
    lua_pushlstring(thread_, event.data(), event.size());
    lua_setglobal(thread_, "_KUMO_CURRENT_EVENT");
  }
  return thread_;
}

void vm::end() {
  if (waiting_ || lua_status(thread_) == LUA_YIELD) {
    spoiled_ = true;  // given up while it waited
    waiting_.reset();
  }
  take_back();
  kept_.clear();
  current_event_.clear();
  call_active_ = false;
  if (spoiled_) return;
  if (lua_status(thread_) != LUA_OK) lua_resetthread(thread_);
  lua_settop(thread_, 0);
}

bool vm::keeps_for_call(const void* owner) const {
  return std::ranges::any_of(kept_, [&](const auto& k) { return k.first == owner; });
}

void vm::lend(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer) {
  push_box(L, tag, std::move(pointer));
  lua_rawgeti(L, LUA_REGISTRYINDEX, lent_ref_);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, ++lent_count_);
  lua_pop(L, 1);
}

// The objects may stay in the script's variables until the next collection, but no longer hold what they
// stood for.
void vm::take_back() {
  if (lent_count_ == 0) return;
  lua_rawgeti(state_, LUA_REGISTRYINDEX, lent_ref_);
  for (; lent_count_ > 0; --lent_count_) {
    lua_rawgeti(state_, -1, lent_count_);
    if (box* b = box_at(state_, -1)) b->pointer.reset();
    lua_pop(state_, 1);
    lua_pushnil(state_);
    lua_rawseti(state_, -2, lent_count_);
  }
  lua_pop(state_, 1);
}

std::optional<outcome> vm::resume(int arguments) {
  budget_.running_since = steady::now();
  int results = 0;
  memory_.is_enforced = true;
  const int status = lua_resume(thread_, nullptr, arguments, &results);
  memory_.is_enforced = false;
  if (status == LUA_OK) return outcome{outcome::ending::returned, results, std::nullopt, {}};
  if (status != LUA_YIELD) return failure(status);
  budget_.used += steady::now() - budget_.running_since;
  if (waiting_) {
    lua_pop(thread_, results);
    return std::nullopt;
  }
  spoiled_ = true;
  return outcome{outcome::ending::failed, 0, std::nullopt, "attempt to yield from outside a coroutine"};
}

outcome vm::failure(int status) {
  if (const box* b = box_at(thread_, -1); b && b->tag == &tag_of<rejection>() && b->pointer) {
    return {outcome::ending::rejected, 0, *static_cast<const rejection*>(b->pointer.get()), {}};
  }
  spoiled_ = true;
  if (status == LUA_ERRMEM || (memory_.was_refused && lua_type(thread_, -1) == LUA_TSTRING &&
                               std::string_view(lua_tostring(thread_, -1)) == "not enough memory")) {
    return {outcome::ending::failed, 0, std::nullopt,
            fmt::format("not enough memory: the script may use {} MiB", parts_.limits.memory >> 20)};
  }
  const char* message = lua_tostring(thread_, -1);
  std::string text =
      message ? message : fmt::format("(error object is a {} value)", luaL_typename(thread_, -1));
  luaL_traceback(state_, thread_, text.c_str(), 0);
  text = lua_tostring(state_, -1);
  lua_pop(state_, 1);
  return {outcome::ending::failed, 0, std::nullopt, std::move(text)};
}

void call::push_handler(const vm::handler& h) { push_reference(h.ref); }
void call::push_reference(int ref) { lua_rawgeti(state_, LUA_REGISTRYINDEX, ref); }

rt::task<outcome> call::finish() {
  for (;;) {
    co_await vm_.waiting_->run();
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    if (cancelled.cancelled() != asio::cancellation_type::none) {
      throw asio::system_error(asio::error::operation_aborted);
    }
    if (auto done = vm_.resume(0)) co_return std::move(*done);
  }
}

int call::index_of(const outcome& o, int i) const { return lua_gettop(state_) - o.results + i; }

any call::result_at(const outcome& o, int i) {
  const int at = index_of(o, i);
  if (const box* b = box_at(state_, at)) return object_ref{b->tag, b->pointer};
  return data_at(o, i);
}

value call::data_at(const outcome& o, int i) {
  auto v = stack::to_value(state_, index_of(o, i));
  if (!v)
    throw std::runtime_error(
        fmt::format("{} returned what cannot be used: {}", vm_.current_event(), v.why().text));
  return std::move(*v);
}

int call::keep_result(const outcome& o, int i) {
  lua_pushvalue(state_, index_of(o, i));
  return luaL_ref(state_, LUA_REGISTRYINDEX);
}

}  // namespace godwit::lua
