#include "hook/chain.hpp"

#include "base/duration.hpp"
#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::hook::detail {

namespace {

/// How long a cancelled handler may take to end before it is left alone.
constexpr auto grace = std::chrono::milliseconds(200);

void count(std::string_view name, std::string_view help, const chain& c, const registration& r) {
  metrics::get_counter(name, help, {{"event", c.event}, {"owner", r.owner}})->add();
}

rt::task<> call(std::shared_ptr<chain> state) {
  try {
    auto answer = co_await state->asked->call(state->args);
    state->answer = std::move(answer);
  } catch (...) {
    state->failed = std::current_exception();
  }
  if (state->is_abandoned)
    log::warn("hook", "event {}: an abandoned handler ended; its answer is dropped", state->event);
}

/// Cancels, waits a little, then leaves the handler to itself.
rt::task<> abandon(chain& c, const registration& r) {
  c.cancel();
  const auto until = rt::steady_clock::now() + grace;
  co_await c.wait(until);
  if (!c.has_ended()) {
    c.is_abandoned = true;
    count("godwit_hook_abandoned_total", "Hook handlers that did not end when cancelled.", c, r);
    log::error("hook", "event {}: handler of {} does not end after cancellation: left to itself", c.event,
               r.owner);
  }
}

std::string reason(const std::exception_ptr& failed) {
  try {
    std::rethrow_exception(failed);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

[[noreturn]] void report_failure(chain& c, const registration& r) {
  count("godwit_hook_failures_total", "Hook handlers that failed: temporary failures.", c, r);
  const auto why = reason(std::exchange(c.failed, nullptr));
  log::error("hook", "event {}: handler of {} failed: {}", c.event, r.owner, why);
  throw handler_failed(fmt::format("event {}: handler of {} failed: {}", c.event, r.owner, why));
}

[[noreturn]] void report_overrun(const chain& c, const registration& r) {
  count("godwit_hook_timeouts_total", "Hook handlers that overran their time-out: temporary failures.", c, r);
  log::error("hook", "event {}: handler of {} overran its time-out of {}", c.event, r.owner,
             format_duration(r.timeout));
  throw handler_failed(fmt::format("event {}: handler of {} overran its time-out", c.event, r.owner));
}

/// Not the handler's fault alone: no count against its owner.
[[noreturn]] void report_deadline(const chain& c, const registration& r) {
  log::warn("hook", "event {}: handler of {} was still busy when its caller's time was over", c.event, r.owner);
  throw deadline_passed(fmt::format("event {}: the time is over", c.event));
}

std::string_view name_of(const verdict& v) {
  switch (v.what) {
    case verdict::kind::proceed:
      return v.returned ? "returned" : "proceed";
    case verdict::kind::done:
      return "done";
    case verdict::kind::reject:
      return "reject";
    case verdict::kind::disconnect:
      return "disconnect";
  }
  return "?";
}

void trace(const chain& c, const registration& r, const verdict& v, rt::steady_clock::time_point began) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(rt::steady_clock::now() - began);
  log::debug("hook", "event {}: {} says {}{}{} after {} us", c.event, r.owner, name_of(v), v.code ? " " : "",
             v.code ? fmt::format("{} {}", v.code, v.text) : std::string(), took.count());
}

}  // namespace

rt::task<verdict> ask(std::shared_ptr<chain> state, const registration& r, event::instant until) {
  auto& c = *state;
  const bool is_traced = log::enabled(log::level::debug, "hook");
  const auto began = is_traced ? rt::steady_clock::now() : rt::steady_clock::time_point{};
  c.answer = {};
  c.asked = r.handler;
  rt::bounded_run::start(state, call(state));
  if (!c.has_ended()) {
    const auto own_limit = rt::steady_clock::now() + r.timeout;
    const auto limit = std::min(own_limit, until);
    const auto how = co_await c.wait(limit);
    if (how != rt::waited::ended) {
      const bool is_cancelled = how == rt::waited::cancelled;
      if (is_cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
      co_await abandon(c, r);
      if (is_cancelled)
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
      if (is_cancelled) throw asio::system_error(asio::error::operation_aborted);
      if (until < own_limit) report_deadline(c, r);
      report_overrun(c, r);
    }
  }
  if (c.failed) report_failure(c, r);
  auto answer = std::move(c.answer);
  if (answer.by.empty()) answer.by = r.owner;
  if (is_traced) trace(c, r, answer, began);
  co_return answer;
}

}  // namespace godwit::hook::detail
