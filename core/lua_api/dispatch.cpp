#include "lua_api/dispatch.hpp"

#include "log/log.hpp"

namespace godwit::lua_api {

event::event(lua::engine& engine, std::string name, results_as how)
    : engine_(engine),
      name_(std::move(name)),
      id_(engine.events().intern(name_)),
      results_(how),
      started_(metrics::get_counter("lua_event_started", "how many times the event was started",
                                    {{"event", name_}})),
      latency_(metrics::get_histogram("lua_event_latency", "how long the event took", {{"event", name_}})) {}

rt::task<lua::lease> acquire_vm(lua::engine& engine, std::string_view event_name) {
  auto taken = co_await engine.acquire();
  if (taken) co_return std::move(*taken);
  log::error("lua", "{}: cannot load the policy: {}", event_name, taken.why().text);
  throw script_failed(taken.why().text);
}

bool event::take(lua::call& c, lua::outcome& o, event_answer& out) {
  if (o.how == lua::outcome::ending::failed) {
    log::error("lua", "{}: {}", name_, o.text);
    throw script_failed(o.text.substr(0, o.text.find('\n')));
  }
  out.refusal = std::move(o.refusal);
  for (int i = 1; i <= o.results; ++i) {
    out.results.push_back(results_ == results_as::data ? lua::any(c.data_at(o, i)) : c.result_at(o, i));
  }
  return out.refusal || out.has_results();
}

event::instant event::begin() {
  started_->add();
  return std::chrono::steady_clock::now();
}

void event::end(instant start) {
  latency_->observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

int push(lua::call& c, const value& v) {
  lua::stack::push_value(c.state(), v);
  return 1;
}

int push(lua::call& c, std::string_view text) {
  lua::stack::push_string(c.state(), text);
  return 1;
}

int push(lua::call& c, const std::optional<std::string>& text) {
  if (text)
    lua::stack::push_string(c.state(), *text);
  else
    lua::stack::push_nil(c.state());
  return 1;
}

}  // namespace godwit::lua_api
