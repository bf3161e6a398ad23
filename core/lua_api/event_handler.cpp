#include "lua_api/event_handler.hpp"

#include "lua_api/types.hpp"

namespace godwit::lua_api {

int push(lua::call& c, const hook::argument& a) {
  if (const auto* data = std::get_if<value>(&a)) {
    lua::stack::push_value(c.state(), *data);
  } else if (const auto* m = std::get_if<mail::message_ref>(&a)) {
    c.lend(lua::make_object(*m));
  } else if (const auto* context = std::get_if<hook::connection_ref>(&a)) {
    c.lend(lua::make_object(*context));
  } else {
    lua::binding<mail::address>::push(c.state(), std::get<mail::address>(a));
  }
  return 1;
}

namespace {

hook::verdict refusal_of(lua::rejection r) {
  using closing = lua::rejection::closing;
  using mode = hook::verdict::closing;
  hook::verdict v;
  v.what = r.mode == closing::none ? hook::verdict::kind::reject : hook::verdict::kind::disconnect;
  v.code = r.code;
  v.text = std::move(r.text);
  v.mode = r.mode == closing::force             ? mode::force
           : r.mode == closing::follow_with_421 ? mode::follow_with_421
                                                : mode::if_421;
  return v;
}

// Two results of smtp_server_rewrite_response travel as an array.
value returned_by(std::vector<lua::any> results) {
  if (results.size() == 1) return std::get<value>(std::move(results.front()));
  value::array all;
  for (auto& r : results) all.push_back(std::get<value>(std::move(r)));
  return all;
}

}  // namespace

rt::task<hook::verdict> event_handler::call(const hook::arguments& args) {
  auto answer = co_await event_.fire([&args](lua::call& c) {
    for (const auto& a : args) push(c, a);
    return static_cast<int>(args.size());
  });
  hook::verdict v;
  if (answer.refusal) v = refusal_of(std::move(*answer.refusal));
  v.by = "lua";
  if (answer.has_results()) v.returned = returned_by(std::move(answer.results));
  co_return v;
}

}  // namespace godwit::lua_api
