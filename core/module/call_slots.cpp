// Arguments and answers of calls.
#include "log/log.hpp"
#include "module/call.hpp"
#include "module/host_table.hpp"
#include "module/script_function.hpp"

namespace godwit::module {

namespace {

const call_argument* argument(const godwit_call* c, uint64_t index) {
  return index < c->state->arguments.size() ? &c->state->arguments[index] : nullptr;
}

godwit_str name(const godwit_call* c) { return str(c->state->name); }
uint64_t argument_count(const godwit_call* c) { return c->state->arguments.size(); }

int32_t argument_kind(const godwit_call* c, uint64_t index) {
  const auto* a = argument(c, index);
  return a ? a->kind : GODWIT_ARGUMENT_NONE;
}

const godwit_value* argument_value(const godwit_call* c, uint64_t index) {
  const auto* a = argument(c, index);
  if (!a || a->kind != GODWIT_ARGUMENT_VALUE) return nullptr;
  return to_handle(a->borrowed ? a->borrowed : &a->owned);
}

godwit_message* argument_message(const godwit_call* c, uint64_t index) {
  const auto* a = argument(c, index);
  return a && a->message ? to_handle(&a->message) : nullptr;
}

godwit_connection* argument_connection(const godwit_call* c, uint64_t index) {
  const auto* a = argument(c, index);
  return a && a->connection ? to_handle(&a->connection) : nullptr;
}

void* argument_object(const godwit_call* c, uint64_t index) {
  const auto* a = argument(c, index);
  return a ? a->object.get() : nullptr;
}

/// The answer consumes a deferred handle.
void answer(godwit_call* c, call_answer a) {
  auto state = c->state;
  if (c->is_deferred)
    delete c;
  else if (state->is_deferred)
    return;  // the handler deferred and answered as well: the deferred answer counts
  call_state::settle(std::move(state), std::move(a));
}

void proceed(godwit_call* c) { answer(c, hook::verdict{}); }

void done(godwit_call* c) {
  hook::verdict v;
  v.what = hook::verdict::kind::done;
  answer(c, std::move(v));
}

void reject(godwit_call* c, int32_t code, godwit_str text) {
  hook::verdict v;
  v.what = hook::verdict::kind::reject;
  v.code = code;
  v.text = view(text);
  answer(c, std::move(v));
}

void disconnect(godwit_call* c, int32_t mode, int32_t code, godwit_str text) {
  hook::verdict v;
  v.what = hook::verdict::kind::disconnect;
  v.code = code;
  v.text = view(text);
  if (mode >= GODWIT_CLOSE_FORCE && mode <= GODWIT_CLOSE_IF_421)
    v.mode = static_cast<hook::verdict::closing>(mode);
  answer(c, std::move(v));
}

void return_value(godwit_call* c, godwit_value* taken) {
  const std::unique_ptr<value> v(from_handle(taken));
  answer(c, v ? std::move(*v) : value());
}

void return_object(godwit_call* c, godwit_str type, void* object) {
  auto made = make_script_object(c->state->owner, view(type), object);
  if (made) return answer(c, std::move(*made));
  answer(c, failed_answer{made.why().text});
}

void fail_call(godwit_call* c, godwit_str text) { answer(c, failed_answer{std::string(view(text))}); }

godwit_call* defer(godwit_call* c, godwit_callback cancelled, void* context) {
  auto& state = *c->state;
  if (c->is_deferred || state.is_deferred || state.is_answered) return nullptr;
  state.is_deferred = true;
  state.cancelled = cancelled;
  state.cancelled_context = context;
  return new godwit_call{c->state, true};
}

int32_t is_cancelled(const godwit_call* c) { return c->state->is_cancelled; }

}  // namespace

void fill_call_slots(godwit_host& h) {
  h.call_name_borrow = name;
  h.call_argument_count = argument_count;
  h.call_argument_kind = argument_kind;
  h.call_argument_value_borrow = argument_value;
  h.call_argument_message_borrow = argument_message;
  h.call_argument_connection_borrow = argument_connection;
  h.call_argument_object_borrow = argument_object;
  h.call_proceed = proceed;
  h.call_done = done;
  h.call_reject = reject;
  h.call_disconnect = disconnect;
  h.call_return_value_take = return_value;
  h.call_return_object_take = return_object;
  h.call_fail = fail_call;
  h.call_defer = defer;
  h.call_is_cancelled = is_cancelled;
}

}  // namespace godwit::module
