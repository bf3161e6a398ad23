// kumo.make_throttle: rates that all scripts of the process share by name.
#include "lua_api/declarations.hpp"
#include "lua_api/types.hpp"
#include "queue/throttle_store.hpp"
#include "rt/loop.hpp"

namespace godwit::lua_api {

/// Immutable; the state is in the store.
struct script_throttle {
  queue::bound_throttle rate;

  queue::throttle_result take() const {
    return queue::local_throttles().take(rate.key, rate.spec, queue::throttle_now());
  }
};

}  // namespace godwit::lua_api

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<lua_api::script_throttle> = "Throttle";

}  // namespace godwit::lua

namespace godwit::lua_api {

namespace {

value to_value(const queue::throttle_result& r) {
  object o{{"throttled", r.throttled}, {"limit", r.limit}, {"remaining", r.remaining}};
  o.set("reset_after", std::int64_t{r.reset_after.count()});
  if (r.retry_after) o.set("retry_after", std::int64_t{r.retry_after->count()});
  return o;
}

rt::task<bool> sleep_until_admitted(std::shared_ptr<script_throttle> t) {
  bool waited = false;
  for (auto r = t->take(); r.throttled; r = t->take()) {
    waited = true;
    co_await rt::sleep_for(r.wait);
  }
  co_return waited;
}

bool delay_message(const script_throttle& t, mail::message& m) {
  const auto r = t.take();
  if (!r.throttled) return false;
  m.due = std::chrono::time_point_cast<wall_time::duration>(std::chrono::system_clock::now() + r.wait);
  return true;
}

}  // namespace

void declare_throttles(lua::module& kumo) {
  kumo.function("make_throttle", {"name", "spec"}, "A rate shared by all users of the name.",
                [](std::string name, std::string spec) -> result<std::shared_ptr<script_throttle>> {
                  auto parsed = config::throttle_spec::parse(spec);
                  if (!parsed) return parsed.why();
                  queue::bound_throttle rate("lua-user-throttle-" + name, *parsed);
                  return std::make_shared<script_throttle>(script_throttle{std::move(rate)});
                });
  kumo.type<script_throttle>("A rate limit.")
      .method("throttle", {}, "Counts one and reports.",
              [](const script_throttle& t) { return to_value(t.take()); })
      .method("sleep_if_throttled", {}, "Counts one, waiting until it is permitted; true when it waited.",
              sleep_until_admitted)
      .method("delay_message_if_throttled", {"message"},
              "Counts one; true when the message's due time was put off.", delay_message)
      .method("explain", {}, "The rate as text.", [](const script_throttle& t) {
        return fmt::format("{}: {} per {} s, {:.6g} per second", t.rate.spec.text(), t.rate.spec.limit,
                           t.rate.spec.period_seconds, t.rate.spec.per_second());
      });
}

}  // namespace godwit::lua_api
