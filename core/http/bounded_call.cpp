#include "http/bounded_call.hpp"

#include "base/duration.hpp"
#include "log/log.hpp"
#include "rt/bounded_run.hpp"

namespace godwit::http {

namespace {

struct call_state final : rt::bounded_run {
  call_state(route_ref to, request_ref r, rt::executor where) : bounded_run(where), called(std::move(to)), asked(std::move(r)) {}

  route_ref called;
  request_ref asked;
  response answer;
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
}

}  // namespace

rt::task<response> call_bounded(route_ref to, request_ref r) {
  const auto here = co_await asio::this_coro::executor;
  const auto state = std::make_shared<call_state>(std::move(to), std::move(r), here);
  rt::bounded_run::start(state, run(state));
  const auto until = rt::steady_clock::now() + state->called->timeout;
  const auto how = co_await state->wait(until);
  if (how != rt::waited::ended) state->cancel();
  if (how == rt::waited::cancelled) throw asio::system_error(asio::error::operation_aborted);
  if (state->is_withdrawn) throw route_withdrawn();
  if (state->has_ended()) co_return std::move(state->answer);
  log::error("http", "{} {}: the handler of {} overran its time-out of {}", state->asked->method, state->called->path,
             state->called->owner, format_duration(state->called->timeout));
  co_return response::failure("the request took too long", 504);
}

}  // namespace godwit::http
