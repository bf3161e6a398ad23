#pragma once
// Arguments and answers of a call, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline const fake_argument* argument(const godwit_call* c, std::uint64_t i) {
  return i < c->arguments.size() ? &c->arguments[i] : nullptr;
}

/// An answer consumes a deferred handle; the handle of the handler itself is ignored once the call was
/// deferred.
template <class Fill>
void answer(godwit_call* c, fake_answer::kind what, Fill fill) {
  if (!c->is_deferred && *c->was_deferred) return;
  if (c->answer->what == fake_answer::kind::none) {
    c->answer->what = what;
    fill(*c->answer);
  }
  if (c->is_deferred) delete c;
}

inline void fill_arguments(godwit_host& h) {
  h.call_name_borrow = [](const godwit_call* c) { return str(c->name); };
  h.call_argument_count = [](const godwit_call* c) -> std::uint64_t { return c->arguments.size(); };
  h.call_argument_kind = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->kind : int32_t{GODWIT_ARGUMENT_NONE};
  };
  h.call_argument_value_borrow = [](const godwit_call* c, std::uint64_t i) -> const godwit_value* {
    const auto* a = argument(c, i);
    return a && a->kind == GODWIT_ARGUMENT_VALUE ? &a->content : nullptr;
  };
  h.call_argument_message_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->message : nullptr;
  };
  h.call_argument_connection_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->connection : nullptr;
  };
  h.call_argument_object_borrow = [](const godwit_call* c, std::uint64_t i) {
    return argument(c, i) ? argument(c, i)->object : nullptr;
  };
}

inline void fill_answers(godwit_host& h) {
  using kind = fake_answer::kind;
  h.call_proceed = [](godwit_call* c) { answer(c, kind::proceed, [](fake_answer&) {}); };
  h.call_done = [](godwit_call* c) { answer(c, kind::done, [](fake_answer&) {}); };
  h.call_reject = [](godwit_call* c, int32_t code, godwit_str text) {
    answer(c, kind::reject, [&](fake_answer& a) { a.code = code, a.text = owned(text); });
  };
  h.call_disconnect = [](godwit_call* c, int32_t, int32_t code, godwit_str text) {
    answer(c, kind::disconnect, [&](fake_answer& a) { a.code = code, a.text = owned(text); });
  };
  h.call_return_value_take = [](godwit_call* c, godwit_value* v) {
    const std::unique_ptr<godwit_value> taken(v);
    answer(c, kind::value, [&](fake_answer& a) { a.content = taken ? *taken : godwit_value(); });
  };
  h.call_return_object_take = [](godwit_call* c, godwit_str type, void* object) {
    const auto destroy = godwit::sdk::detail::bound.self->host->object_types.at(owned(type)).destroy;
    std::shared_ptr<void> held(object, destroy);
    answer(c, kind::object, [&](fake_answer& a) { a.object = held; });
  };
  h.call_fail = [](godwit_call* c, godwit_str text) {
    answer(c, kind::failed, [&](fake_answer& a) { a.text = owned(text); });
  };
  h.call_defer = [](godwit_call* c, godwit_callback, void*) {
    *c->was_deferred = true;
    auto* handle = new godwit_call(*c);
    handle->is_deferred = true;
    return handle;
  };
  h.call_is_cancelled = [](const godwit_call*) -> int32_t { return 0; };
}

}  // namespace godwit::sdk::testing::slots
