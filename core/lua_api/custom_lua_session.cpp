#include "lua_api/custom_lua_session.hpp"

#include <lua.hpp>

#include "log/log.hpp"
#include "lua_api/dispatch.hpp"
#include "lua_api/types.hpp"

namespace godwit::lua_api {

namespace {

int give_results(lua_State* L, int, lua_KContext) { return lua_gettop(L); }

// (object, method name, arguments…): looks the method up inside the call, where an error of __index is
// caught.
template <bool IsOptional>
int call_method(lua_State* L) {
  const char* name = lua_tostring(L, 2);
  if (lua_getfield(L, 1, name) == LUA_TNIL) {
    if (IsOptional) return 0;
    return luaL_error(L, "the connection object has no method '%s'", name);
  }
  lua_replace(L, 2);
  lua_pushvalue(L, 2);
  lua_insert(L, 1);
  lua_remove(L, 3);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, give_results);
  return give_results(L, LUA_OK, 0);
}

void lend_array(lua::call& c, const std::vector<mail::message_ref>& messages) {
  lua_State* L = c.state();
  lua_createtable(L, static_cast<int>(messages.size()), 0);
  lua_Integer i = 0;
  for (const auto& m : messages) {
    c.lend(lua::make_object(m));
    lua_rawseti(L, -2, ++i);
  }
}

queue::outcome make_outcome(mail::record_type type, mail::response r) {
  queue::outcome o;
  o.type = type;
  o.response = std::move(r);
  return o;
}

queue::outcome refused(const lua::rejection& r) {
  const bool is_transient = r.code >= 400 && r.code < 500;
  return make_outcome(is_transient ? mail::record_type::transient_failure : mail::record_type::bounce,
                      mail::response::parse(r.code, r.text));
}

}  // namespace

// The VM goes back to the pool: let it forget the object.
custom_lua_session::~custom_lua_session() {
  if (object_ != 0) luaL_unref(vm_->main(), LUA_REGISTRYINDEX, object_);
}

rt::task<std::optional<mail::response>> custom_lua_session::open(mail::queue_name q) {
  const auto& handlers = vm_->handlers(engine_.events().intern(constructor_));
  if (handlers.empty())
    throw script_failed(fmt::format("no handler is registered for the event {}", constructor_));
  lua::call c(*vm_, constructor_);
  c.push_handler(handlers.front());
  auto done = c.start(push(c, q.domain) + push(c, q.tenant) + push(c, q.campaign));
  if (!done) done = co_await c.finish();
  if (done->refusal) co_return mail::response::parse(done->refusal->code, done->refusal->text);
  if (done->how == lua::outcome::ending::failed) {
    log::error("lua", "{}: {}", constructor_, done->text);
    throw script_failed(done->text.substr(0, done->text.find('\n')));
  }
  if (done->results == 0) throw script_failed(fmt::format("{} returned no connection object", constructor_));
  object_ = c.keep_result(*done, 1);
  co_return std::nullopt;
}

rt::task<queue::outcome> custom_lua_session::send(const std::vector<mail::message_ref>& messages,
                                                  bool batched) {
  lua::call c(*vm_, constructor_);
  lua_pushcfunction(c.state(), call_method<false>);
  c.push_reference(object_);
  push(c, std::string_view(batched ? "send_batch" : "send"));
  if (batched)
    lend_array(c, messages);
  else
    c.lend(lua::make_object(messages.front()));
  auto done = c.start(3);
  if (!done) done = co_await c.finish();
  co_return outcome_of(c, *done);
}

queue::outcome custom_lua_session::outcome_of(lua::call& c, lua::outcome& done) {
  if (done.refusal) {
    is_open_ = done.refusal->code != 421;
    return refused(*done.refusal);
  }
  if (done.how == lua::outcome::ending::failed) {
    is_open_ = false;
    log::error("lua", "{}: {}", constructor_, done.text);
    const auto text = fmt::format("KumoMTA internal: error in deliver_message: {}",
                                  done.text.substr(0, done.text.find('\n')));
    return make_outcome(mail::record_type::transient_failure, mail::response::parse(400, text));
  }
  mail::response r;
  r.code = 200;
  if (done.results > 0) {
    const value v = c.data_at(done, 1);
    if (const auto* text = v.as_string()) r.content = *text;
  }
  return make_outcome(mail::record_type::delivery, std::move(r));
}

rt::task<> custom_lua_session::close() {
  if (!is_open_ || object_ == 0) co_return;
  lua::call c(*vm_, constructor_);
  lua_pushcfunction(c.state(), call_method<true>);
  c.push_reference(object_);
  push(c, std::string_view("close"));
  auto done = c.start(2);
  if (!done) done = co_await c.finish();
  if (done->how == lua::outcome::ending::failed) log::error("lua", "{}: close: {}", constructor_, done->text);
}

}  // namespace godwit::lua_api
