// kumo.time: waiting, points in time and intervals.
#include <cmath>
#include <ctime>

#include "lua_api/declarations.hpp"
#include "metrics/registry.hpp"
#include "rt/loop.hpp"

namespace godwit::lua_api {

struct script_time {
  wall_time at;
};
struct script_interval {
  duration length;
};
struct script_timer {
  std::shared_ptr<metrics::histogram> metric;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  bool is_done = false;

  double done() {
    const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    if (!std::exchange(is_done, true)) metric->observe(elapsed);
    return elapsed;
  }
};

}  // namespace godwit::lua_api

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<lua_api::script_time> = "Time";
template <>
inline constexpr const char* tag_name<lua_api::script_interval> = "TimeDelta";
template <>
inline constexpr const char* tag_name<lua_api::script_timer> = "Timer";

}  // namespace godwit::lua

namespace godwit::lua_api {

namespace {

using time_ref = std::shared_ptr<script_time>;
using interval_ref = std::shared_ptr<script_interval>;
using t = script_time;
using d = script_interval;

time_ref make_time(wall_time at) { return std::make_shared<t>(t{at}); }
interval_ref make_interval(duration length) { return std::make_shared<d>(d{length}); }

std::tm broken_down(const t& x) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(x.at));
  std::tm out{};
  ::gmtime_r(&seconds, &out);
  return out;
}

result<std::string> format_time(const t& x, const std::string& format) {
  const std::tm parts = broken_down(x);
  std::string text(256 + format.size() * 4, '\0');
  const auto n = std::strftime(text.data(), text.size(), format.c_str(), &parts);
  if (n == 0 && !format.empty()) return fail("the format '{}' gives no text", format);
  text.resize(n);
  return text;
}

template <class Unit>
std::int64_t since_epoch(const t& x) {
  return std::chrono::floor<Unit>(x.at.time_since_epoch()).count();
}

wall_time shift(wall_time at, duration by) {
  return at + std::chrono::duration_cast<wall_time::duration>(by);
}

// Both operators of Time: Time - TimeDelta and Time - Time.
lua::any difference(const t& a, const lua::any& b) {
  if (auto other = lua::object_in<t>(b)) return lua::make_object(make_interval(a.at - other->at));
  if (auto by = lua::object_in<d>(b)) return lua::make_object(make_time(shift(a.at, -by->length)));
  throw std::runtime_error("a Time or TimeDelta is expected after the minus sign");
}

template <class Part>
void add_part(lua::type_builder<t>& type, const char* name, Part part) {
  type.field(name, fmt::format("The {}, UTC.", name), [part](const t& x) { return part(broken_down(x)); });
}

void declare_time_type(lua::module& m) {
  auto type = m.type<t>("A point in time, UTC.");
  add_part(type, "year", [](const std::tm& x) { return x.tm_year + 1900; });
  add_part(type, "month", [](const std::tm& x) { return x.tm_mon + 1; });
  add_part(type, "day", [](const std::tm& x) { return x.tm_mday; });
  add_part(type, "hour", [](const std::tm& x) { return x.tm_hour; });
  add_part(type, "minute", [](const std::tm& x) { return x.tm_min; });
  add_part(type, "second", [](const std::tm& x) { return x.tm_sec; });
  type.field("unix_timestamp", "Seconds since 1970.", since_epoch<std::chrono::seconds>)
      .field("unix_timestamp_millis", "Milliseconds since 1970.", since_epoch<std::chrono::milliseconds>)
      .field("rfc2822", "As in mail headers.", [](const t& x) { return format_rfc2822(x.at); })
      .field("rfc3339", "As in log records.", [](const t& x) { return format_rfc3339(x.at); })
      .field("elapsed", "From then until now.",
             [](const t& x) { return make_interval(std::chrono::system_clock::now() - x.at); })
      .method("format", {"format"}, "Text by a strftime format.", format_time)
      .as_data([](const t& x) { return value(format_rfc3339(x.at)); })
      .meta("__tostring", [](const t& x) { return *format_time(x, "%Y-%m-%d %H:%M:%S UTC"); })
      .meta("__eq", [](const t& a, const t& b) { return a.at == b.at; })
      .meta("__lt", [](const t& a, const t& b) { return a.at < b.at; })
      .meta("__le", [](const t& a, const t& b) { return a.at <= b.at; })
      .meta("__add", [](const t& a, const d& b) { return make_time(shift(a.at, b.length)); })
      .meta("__sub", difference);
}

void declare_interval_type(lua::module& m) {
  using std::chrono::duration_cast;
  m.type<d>("An interval.")
      .field("seconds", "In seconds.",
             [](const d& x) { return std::chrono::duration<double>(x.length).count(); })
      .field("milliseconds", "In milliseconds.",
             [](const d& x) { return duration_cast<std::chrono::milliseconds>(x.length).count(); })
      .field("microseconds", "In microseconds.",
             [](const d& x) { return duration_cast<std::chrono::microseconds>(x.length).count(); })
      .field("nanoseconds", "In nanoseconds.", [](const d& x) { return x.length.count(); })
      .field("human", "As people write it.", [](const d& x) { return format_duration(x.length); })
      .as_data([](const d& x) { return value(std::chrono::duration<double>(x.length).count()); })
      .meta("__tostring", [](const d& x) { return format_duration(x.length); })
      .meta("__eq", [](const d& a, const d& b) { return a.length == b.length; })
      .meta("__lt", [](const d& a, const d& b) { return a.length < b.length; })
      .meta("__le", [](const d& a, const d& b) { return a.length <= b.length; })
      .meta("__add", [](const d& a, const d& b) { return make_interval(a.length + b.length); })
      .meta("__sub", [](const d& a, const d& b) { return make_interval(a.length - b.length); });
}

result<time_ref> with_ymd_hms(int year, unsigned month, unsigned day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return fail("{:04}-{:02}-{:02} {:02}:{:02}:{:02} is no valid time", year, month, day, hour, minute,
                second);
  }
  return make_time(std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                   std::chrono::seconds(second));
}

rt::task<> sleep(duration length) { co_await rt::sleep_for(length); }

}  // namespace

void declare_time(lua::module& time, lua::module& kumo) {
  for (auto* m : {&time, &kumo}) m->function("sleep", {"seconds"}, "Suspends the calling script.", sleep);
  declare_time_type(time);
  declare_interval_type(time);
  time.function("now", {}, "The current time.", [] { return make_time(std::chrono::system_clock::now()); });
  time.function("from_unix_timestamp", {"seconds"}, "Time from seconds since 1970.", [](double seconds) {
    return make_time(
        wall_time(std::chrono::round<wall_time::duration>(std::chrono::duration<double>(seconds))));
  });
  time.function("parse_rfc3339", {"text"}, "Time from its RFC 3339 text.",
                [](std::string text) -> result<time_ref> {
                  auto parsed = parse_rfc3339(text);
                  if (!parsed) return parsed.why();
                  return make_time(*parsed);
                });
  time.function("with_ymd_hms", {"year", "month", "day", "hour", "minute", "second"},
                "Time from its parts, UTC.", with_ymd_hms);
  time.function("parse_duration", {"duration"}, "An interval from seconds or text.", make_interval);
  time.function("start_timer", {"label"}, "Starts a timer of the metric user_lua_latency.",
                [](std::string label) {
                  return std::make_shared<script_timer>(script_timer{metrics::get_histogram(
                      "user_lua_latency", "how long a user-defined timer took", {{"label", label}})});
                });
  time.type<script_timer>("Measures how long something takes.")
      .method("done", {}, "Records the seconds elapsed.", [](script_timer& timer) { return timer.done(); })
      .meta("__close", [](script_timer& timer) { timer.done(); });
}

}  // namespace godwit::lua_api
