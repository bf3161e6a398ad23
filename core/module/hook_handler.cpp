#include "module/hook_handler.hpp"

#include "module/call.hpp"

namespace godwit::module {

namespace {

/// Throws for a failed answer: the hook table makes it a temporary failure.
hook::verdict verdict_of(call_state& state) {
  if (auto* v = std::get_if<hook::verdict>(&state.answer)) return std::move(*v);
  if (auto* f = std::get_if<failed_answer>(&state.answer)) throw std::runtime_error(f->text);
  if (std::get_if<lua::object_ref>(&state.answer)) throw std::runtime_error("a hook cannot return an object");
  hook::verdict v;
  if (auto* returned = std::get_if<value>(&state.answer)) v.returned = std::move(*returned);
  return v;
}

}  // namespace

/// Being unloaded: the chain goes on as if this were gone already. Being reloaded: the new instance answers, as soon as it can.
rt::task<hook::verdict> hook_handler::leave_to_successor(const hook::arguments& args) {
  if (!owner_->heir) co_return hook::verdict{};
  const auto next = co_await owner_->heir->handler(event_, ordinal_);
  if (!next) co_return hook::verdict{};
  auto answer = co_await next->call(args);
  co_return answer;
}

rt::task<hook::verdict> hook_handler::call(const hook::arguments& args) {
  const auto here = co_await asio::this_coro::executor;
  const auto state = std::make_shared<call_state>(owner_, event_, here);
  if (!state->use) {
    auto answer = co_await leave_to_successor(args);
    co_return answer;
  }
  state->arguments.reserve(args.size());
  for (const auto& a : args) state->arguments.push_back(call_argument::of(a));
  if ((flags_ & GODWIT_NEEDS_DATA) != 0 && needs_loading(*state)) co_await load_message_data(state);
  enter_handler(state, handler_, context_);
  if (state->is_deferred) co_await wait_for_answer(state);
  co_return verdict_of(*state);
}

}  // namespace godwit::module
