#include "module/call.hpp"

#include <asio/post.hpp>

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::module {

call_argument call_argument::of(const value& v) {
  call_argument a;
  a.borrowed = &v;
  a.kind = GODWIT_ARGUMENT_VALUE;
  return a;
}

call_argument call_argument::of(value&& v) {
  call_argument a;
  a.owned = std::move(v);
  a.kind = GODWIT_ARGUMENT_VALUE;
  return a;
}

call_argument call_argument::of(mail::message_ref m) {
  call_argument a;
  a.message = std::move(m);
  a.kind = GODWIT_ARGUMENT_MESSAGE;
  return a;
}

call_argument call_argument::of(hook::connection_ref c) {
  call_argument a;
  a.connection = std::move(c);
  a.kind = GODWIT_ARGUMENT_CONNECTION;
  return a;
}

call_argument call_argument::of_object(std::shared_ptr<void> o) {
  call_argument a;
  a.object = std::move(o);
  a.kind = GODWIT_ARGUMENT_OBJECT;
  return a;
}

call_argument call_argument::of(const hook::argument& a) {
  if (const auto* v = std::get_if<value>(&a)) return of(*v);
  if (const auto* m = std::get_if<mail::message_ref>(&a)) return of(*m);
  if (const auto* c = std::get_if<hook::connection_ref>(&a)) return of(*c);
  return of(value(std::get<mail::address>(a).email()));
}

void call_state::settle(std::shared_ptr<call_state> call, call_answer a) {
  const auto where = call->executor;
  if (where.running_in_this_thread()) return call->settle_here(std::move(a));
  asio::post(where, [call = std::move(call), a = std::move(a)]() mutable { call->settle_here(std::move(a)); });
}

void call_state::settle_here(call_answer a) {
  if (is_answered || is_cancelled) {
    metrics::get_counter("godwit_module_late_answers_total",
                         "Answers of modules that nobody waited for any more.", {{"module", owner->id.name}})
        ->add();
    log::debug("module", "{}: an answer to {} came late or twice: dropped", owner->id.name, name);
    return;
  }
  answer = std::move(a);
  is_answered = true;
  if (wake) wake->cancel();
}

void call_state::cancel() {
  is_cancelled = true;
  for (auto& a : arguments) a = {};  // in place: handles are addresses of members
  if (cancelled != nullptr) std::exchange(cancelled, nullptr)(cancelled_context);
}

void enter_handler(const std::shared_ptr<call_state>& state, godwit_handler handler, void* context) {
  godwit_call handle{state, false};
  const auto status = handler(context, &handle);
  if (status != GODWIT_OK && !state->is_answered)
    call_state::settle(state, failed_answer{fmt::format("{}: status {}", state->owner->id.name, status)});
}

rt::task<> wait_for_answer(std::shared_ptr<call_state> state) {
  if (state->is_answered) co_return;
  rt::timer wake(state->executor);
  state->wake = &wake;
  while (!state->is_answered && !state->is_cancelled) {
    wake.expires_at(rt::steady_clock::time_point::max());
    const auto [ec] = co_await wake.async_wait(rt::use_result);
    if (ec && !state->is_answered) state->cancel();
  }
  state->wake = nullptr;
  if (state->is_cancelled) throw asio::system_error(asio::error::operation_aborted);
}

bool needs_loading(const call_state& state) {
  for (const auto& a : state.arguments)
    if (a.message && !a.message->content.is_loaded()) return true;
  return false;
}

rt::task<> load_message_data(std::shared_ptr<call_state> state) {
  const auto& load = state->owner->host->services.load_data;
  for (auto& a : state->arguments) {
    if (!a.message || a.message->content.is_loaded()) continue;
    bool is_loaded = false;
    if (load) is_loaded = co_await load(a.message);
    if (!is_loaded) throw std::runtime_error("the message's data cannot be loaded from the spool");
  }
}

}  // namespace godwit::module
