// kumo.memoize: wraps a Lua function with a cache. The wrapped function runs in the calling script, so it may
// wait.
#include <stdexcept>

#include <lua.hpp>

#include "base/json.hpp"
#include "lua/engine.hpp"
#include "lua/scripting.hpp"
#include "lua_api/declarations.hpp"
#include "lua_api/memo_store.hpp"

namespace godwit::lua_api {

/// Held on the Lua stack while the first caller populates: should its script be given up, those who wait hear
/// of it.
class memo_lead {
 public:
  memo_lead(std::shared_ptr<memo_cache> cache, std::shared_ptr<memo_flight> flight, std::string key,
            std::uint64_t epoch)
      : cache_(std::move(cache)), flight_(std::move(flight)), key_(std::move(key)), epoch_(epoch) {}
  ~memo_lead() { settle({{}, std::nullopt, "memoize: the script that populated the cache was given up"}); }
  memo_lead(const memo_lead&) = delete;

  void settle(memo_answer answer) {
    if (flight_)
      cache_->settle(key_, flight_, std::make_shared<const memo_answer>(std::move(answer)), epoch_);
    flight_.reset();
  }

 private:
  std::shared_ptr<memo_cache> cache_;
  std::shared_ptr<memo_flight> flight_;
  std::string key_;
  std::uint64_t epoch_;
};

}  // namespace godwit::lua_api

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<lua_api::memo_cache> = "MemoCache";
template <>
inline constexpr const char* tag_name<lua_api::memo_lead> = "MemoLead";

}  // namespace godwit::lua

namespace godwit::lua_api {

namespace {

using lua::stack::push_any;

int push_answer(lua_State* L, const memo_answer& a) {
  if (a.refusal) throw lua::rejection(*a.refusal);
  if (a.failure) throw std::runtime_error(*a.failure);
  lua::stack::reserve(L, static_cast<int>(a.results.size()) + 4);
  for (const auto& r : a.results) push_any(L, r);
  return static_cast<int>(a.results.size());
}

/// Waits for the script that populates the entry.
class flight_wait final : public lua::operation {
 public:
  flight_wait(std::shared_ptr<memo_flight> flight, const memo_options& o)
      : flight_(std::move(flight)), options_(o) {}

  rt::task<> run() override {
    do {
      answer_ = co_await flight_->wait(options_.populate_timeout);
    } while (!answer_ && options_.retry_on_populate_timeout);
  }
  int push(lua_State* L) override {
    if (answer_) return push_answer(L, *answer_);
    throw std::runtime_error(
        fmt::format("memoize '{}': timed out after {} waiting for the cache to be populated", options_.name,
                    format_duration(options_.populate_timeout)));
  }

 private:
  std::shared_ptr<memo_flight> flight_;
  const memo_options options_;
  memo_answer_ref answer_;
};

// Only what can be shared by VMs of several loops is kept: data, and objects that are data (made ones,
// immutable).
lua::any shareable(lua_State* L, int index) {
  lua::context c{L, lua::vm::of(L), lua::anonymous_function()};
  auto v = lua::stack::read_any({c, index});
  const auto* object = std::get_if<lua::object_ref>(&v);
  if (std::holds_alternative<value>(v)) return v;
  const auto* type = object ? c.vm.find_type(*object->tag) : nullptr;
  if (type && type->is_like_table) return v;
  throw std::runtime_error(
      fmt::format("memoize: {} cannot be kept in a cache", lua::stack::type_name_at(L, index)));
}

memo_lead& lead_at(lua_State* L, int index) {
  return *static_cast<memo_lead*>(lua::stack::test_pointer(L, index, lua::tag_of<memo_lead>())->get());
}

memo_answer failure_at_top(lua_State* L) {
  if (const auto* r = lua::stack::test_pointer(L, -1, lua::tag_of<lua::rejection>())) {
    return {{}, *static_cast<const lua::rejection*>(r->get()), std::nullopt};
  }
  memo_answer a;
  a.failure = luaL_tolstring(L, -1, nullptr);
  lua_pop(L, 1);
  return a;
}

// Stack: the lead, then results or the error.
int populated(lua_State* L, int status, lua_KContext) {
  return lua::guarded_call(L, [&] {
    auto& lead = lead_at(L, 1);
    if (status != LUA_OK && status != LUA_YIELD) {
      lead.settle(failure_at_top(L));
      return lua_error(L);
    }
    memo_answer answer;
    const int n = lua_gettop(L) - 1;
    for (int i = 1; i <= n; ++i) answer.results.push_back(shareable(L, i + 1));
    lead.settle(std::move(answer));
    return n;
  });
}

std::string key_of(lua_State* L) {
  value::array all;
  const int n = lua_gettop(L);
  for (int i = 1; i <= n; ++i) {
    auto v = lua::stack::to_value(L, i);
    if (!v) throw std::runtime_error(fmt::format("memoize: argument {}: {}", i, v.why().text));
    all.push_back(std::move(*v));
  }
  return json::write(value(std::move(all)));
}

int call_memoized(lua_State* L) {
  bool must_populate = false;
  const int given = lua::guarded_call(L, [&]() -> int {
    auto cache = std::static_pointer_cast<memo_cache>(
        *lua::stack::test_pointer(L, lua_upvalueindex(1), lua::tag_of<memo_cache>()));
    const auto epoch = lua::vm::of(L).engine()->epoch();
    auto key = key_of(L);
    auto found = cache->find(key, epoch);
    if (found.answer) return push_answer(L, *found.answer);
    lua::context c{L, lua::vm::of(L), lua::anonymous_function()};
    if (!found.is_leader)
      return lua::suspend(c, std::make_unique<flight_wait>(found.flight, cache->options()));
    auto lead = std::make_shared<memo_lead>(cache, found.flight, std::move(key), epoch);
    lua::stack::push_pointer(L, lua::tag_of<memo_lead>(), std::move(lead));
    must_populate = true;
    return 0;
  });
  if (!must_populate) return given;
  lua_insert(L, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 2);
  const int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, populated);
  return populated(L, status, 0);
}

memo_options read_options(lua_State* L) {
  lua::context c{L, lua::vm::of(L), lua::anonymous_function()};
  auto parsed = config::parse_options(memo_option_table(), lua::stack::read_value({c, 2, 2}));
  if (!parsed) throw std::runtime_error(parsed.why().text);
  return std::move(*parsed);
}

class memoize final : public lua::callable {
 public:
  explicit memoize(services& s) : services_(s) {}
  int call(lua::context& c) override {
    lua_State* L = c.state;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    auto cache = services_.memos->get(read_options(L));
    lua::stack::push_pointer(L, lua::tag_of<memo_cache>(), std::move(cache));
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, call_memoized, 2);
    return 1;
  }

 private:
  services& services_;
};

}  // namespace

void declare_memoize(lua::module& kumo, services& s) {
  using lua::type_spec;
  lua::signature sig;
  auto options = type_spec::of(type_spec::kind::options);
  options.table = &memo_option_table();
  sig.parameters = {{"function", type_spec::of(type_spec::kind::function)}, {"params", options}};
  sig.results = {type_spec::of(type_spec::kind::function)};
  kumo.callable_function("memoize", std::move(sig), "Wraps a function with a cache of its results.",
                         std::make_shared<memoize>(s));
}

}  // namespace godwit::lua_api
