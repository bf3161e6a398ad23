// kumo.on, reject and disconnect, logging, pool limits, epoch.
#include <sched.h>

#include <cstdlib>
#include <stdexcept>

#include <lua.hpp>

#include "log/log.hpp"
#include "lua/engine.hpp"
#include "lua_api/config_monitor.hpp"
#include "lua_api/declarations.hpp"

namespace godwit::lua_api {

namespace {

using kind = lua::type_spec::kind;

std::string caller(lua_State* L) {
  lua_Debug at{};
  if (!lua_getstack(L, 1, &at) || !lua_getinfo(L, "Sl", &at)) return "?";
  const char* name = *at.source == '@' ? at.source + 1 : at.short_src;
  return fmt::format("{}:{}", name, at.currentline);
}

void check_may_register(const lua::vm& v, const std::string& event) {
  const auto& current = v.current_event();
  if (current.empty() || current == "main") return;
  throw std::runtime_error(
      fmt::format("Attempting to register an event handler via `kumo.on('{}', ...)` from within the event "
                  "handler '{}'. You must move "
                  "your event handler registration so that it is setup directly when the policy is loaded in "
                  "order for it to "
                  "consistently trigger and handle events.",
                  event, current));
}

int on(lua_State* L) {
  const std::string event = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  auto& v = lua::vm::of(L);
  check_may_register(v, event);
  auto& names = v.engine()->events();
  const auto id = names.intern(event);
  const auto& before = v.handlers(id);
  if (!before.empty() && !names.is_multiple(id)) {
    throw std::runtime_error(
        fmt::format("{} event already has a handler defined at {}", event, before.front().where));
  }
  const std::string key = "kumomta-on-" + event;  // documented name in Lua's registry
  lua_pushvalue(L, 2);
  lua_setfield(L, LUA_REGISTRYINDEX, key.c_str());
  v.add_handler(L, id, caller(L));
  return 0;
}

template <log::level Level>
int log_line(lua_State* L) {
  if (!log::enabled(Level, "lua")) return 0;
  std::string text = caller(L) + ":";
  const int n = lua_gettop(L);
  for (int i = 1; i <= n; ++i) {
    std::size_t size = 0;
    const char* word = luaL_tolstring(L, i, &size);
    text.append(" ").append(word, size);
    lua_pop(L, 1);
  }
  log::write(Level, "lua", text);
  return 0;
}

value frame_of(lua_State* L, lua_Debug& at) {
  lua_getinfo(L, "nSlu", &at);
  object frame{{"event", value{}}, {"source", at.source}, {"short_src", at.short_src}, {"what", at.what}};
  frame.set("curr_line", std::int64_t{at.currentline});
  frame.set("line_defined", std::int64_t{at.linedefined});
  if (at.name) frame.set("name", at.name);
  if (*at.namewhat) frame.set("name_what", at.namewhat);
  return frame;
}

value traceback(lua::context& c, std::optional<int> level) {
  value::array frames;
  lua_Debug at{};
  for (int i = level.value_or(1); lua_getstack(c.state, i, &at); ++i) frames.push_back(frame_of(c.state, at));
  return frames;
}

int available_parallelism() {
  if (const char* given = std::getenv("KUMO_AVAILABLE_PARALLELISM")) {
    if (const int n = std::atoi(given); n > 0) return n;
  }
  cpu_set_t usable;
  return sched_getaffinity(0, sizeof(usable), &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

lua::rejection::closing closing_of(const std::optional<std::string>& mode) {
  using closing = lua::rejection::closing;
  if (!mode || *mode == "ForceDisconnect") return closing::force;
  if (*mode == "FollowWith421") return closing::follow_with_421;
  if (*mode == "If421") return closing::if_421;
  throw std::runtime_error(
      fmt::format("kumo.disconnect: '{}' is not one of ForceDisconnect, FollowWith421, If421", *mode));
}

void declare_answers(lua::module& kumo) {
  kumo.function("reject", {"code", "message"},
                "Makes the event answer with code and text; 421 also disconnects.",
                [](int code, std::string message) { throw lua::rejection(code, std::move(message)); });
  kumo.function("disconnect", {"code", "message", "mode"}, "Makes the event answer and the session end.",
                [](int code, std::string message, std::optional<std::string> mode) {
                  throw lua::rejection(code, std::move(message), closing_of(mode));
                });
  kumo.type<lua::rejection>("What kumo.reject raises; pcall returns it.")
      .field("code", "The SMTP code.", [](const lua::rejection& r) { return r.code; })
      .field("message", "The text.", [](const lua::rejection& r) { return r.text; })
      .meta("__tostring", [](const lua::rejection& r) { return r.line; });
}

void declare_logging(lua::module& kumo) {
  lua::signature words;
  words.parameters.push_back({"values", lua::type_spec::of(kind::any), true});
  const std::string summary = "Writes the values to the diagnostic log.";
  kumo.raw_function("log_debug", words, summary, log_line<log::level::debug>);
  kumo.raw_function("log_info", words, summary, log_line<log::level::info>);
  kumo.raw_function("log_warn", words, summary, log_line<log::level::warn>);
  kumo.raw_function("log_error", words, summary, log_line<log::level::error>);
  kumo.function("set_diagnostic_log_filter", {"filter"}, "Which levels the diagnostic log shows, per tag.",
                [](std::string filter) { return log::set_filter(filter); });
}

void declare_pool(lua::module& kumo, services& s) {
  kumo.function("set_max_spare_lua_contexts", {"count"}, "Idle Lua contexts kept.",
                [&s](std::size_t n) { s.engine->max_spare = n; });
  kumo.function("set_max_lua_context_use_count", {"count"}, "Uses of one Lua context.",
                [&s](std::size_t n) { s.engine->max_uses = n; });
  kumo.function("set_max_lua_context_age", {"age"}, "Life of a Lua context.", [&s](duration age) {
    s.engine->max_age_seconds = std::chrono::duration_cast<std::chrono::seconds>(age).count();
  });
  kumo.function("set_lua_gc_on_put", {"percent"}, "Accepted; contexts collect garbage on their own.",
                [](int) {});
}

void declare_server(lua::module& kumo, services& s) {
  kumo.function("bump_config_epoch", {}, "Makes everything that follows the configuration epoch stale.",
                [&s]() -> rt::task<result<void>> { co_return co_await s.reload(); });
  kumo.function("set_config_monitor_globs", {"globs"}, "Which files make up the configuration.",
                [&s](std::vector<std::string> globs) { s.monitor->set_globs(std::move(globs)); });
  kumo.function("eval_config_monitor_globs", {}, "The files that make up the configuration.",
                [&s] { return s.monitor->files(); });
  kumo.function("available_parallelism", {}, "Usable processors.", available_parallelism);
  kumo.function("traceback", {"level"}, "The Lua stack from that level.", traceback);
  kumo.function("validation_failed", {}, "Marks a validation run as failed.",
                [&s] { s.validation_failed = true; });
  kumo.constant("version", "The server's version.", s.version);
}

}  // namespace

void declare_core(lua::module& kumo, services& s) {
  lua::signature registration;
  registration.parameters = {{"event", lua::type_spec::of(kind::string)},
                             {"handler", lua::type_spec::of(kind::function)}};
  kumo.raw_function("on", registration, "Registers a handler for an event.", on);
  declare_answers(kumo);
  declare_logging(kumo);
  declare_pool(kumo, s);
  declare_server(kumo, s);
}

}  // namespace godwit::lua_api
