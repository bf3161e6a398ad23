#include "http/bounded_call.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>

#include "base/duration.hpp"
#include "log/log.hpp"
#include "rt/loop.hpp"

namespace godwit::http {

namespace {

/// Shared with the handler: one that was left to itself keeps what it still reads.
struct call_state {
  call_state(route_ref to, request_ref r, rt::executor where) : called(std::move(to)), asked(std::move(r)), wake(where) {}

  route_ref called;
  request_ref asked;
  rt::timer wake;
  asio::cancellation_signal cancel;
  response answer;
  bool is_answered = false;
  bool is_withdrawn = false;
};

rt::task<> run(std::shared_ptr<call_state> state) {
  try {
    state->answer = co_await state->called->handler(state->asked);
  } catch (const route_withdrawn&) {
    state->is_withdrawn = true;
  } catch (const std::exception& e) {
    log::error("http", "{} {}: {}", state->asked->method, state->called->path, e.what());
    state->answer = response::failure(e.what());
  }
  state->is_answered = true;
  state->wake.cancel();
}

}  // namespace

rt::task<response> call_bounded(route_ref to, request_ref r) {
  const auto here = co_await asio::this_coro::executor;
  const auto state = std::make_shared<call_state>(std::move(to), std::move(r), here);
  // Not in a gate: we wait for it, and one that does not end keeps only its own state alive.
  asio::co_spawn(here, run(state), asio::bind_cancellation_slot(state->cancel.slot(), [state](std::exception_ptr) {}));
  if (!state->is_answered) {
    state->wake.expires_after(state->called->timeout);
    const auto [ec] = co_await state->wake.async_wait(rt::use_result);
    if (!state->is_answered) state->cancel.emit(asio::cancellation_type::terminal);
    if (ec && !state->is_answered) throw asio::system_error(asio::error::operation_aborted);
  }
  if (state->is_withdrawn) throw route_withdrawn();
  if (state->is_answered) co_return std::move(state->answer);
  log::error("http", "{} {}: the handler of {} overran its time-out of {}", state->asked->method, state->called->path,
             state->called->owner, format_duration(state->called->timeout));
  co_return response::failure("the request took too long", 504);
}

}  // namespace godwit::http
