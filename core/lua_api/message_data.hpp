#pragma once
// Work on a message's bytes that first brings them into memory when they are on disk only: then the script
// waits.

#include <stdexcept>
#include <type_traits>
#include <utility>

#include "lua/any.hpp"
#include "lua_api/services.hpp"
#include "mail/message.hpp"

namespace godwit::lua_api {

/// Throws std::runtime_error when the body cannot be read.
rt::task<> load_data(services& s, mail::message_ref m);

namespace detail {

template <class F>
auto apply(F& f, mail::message& m) {
  if constexpr (std::is_void_v<std::invoke_result_t<F, mail::message&>>) {
    f(m);
    return std::monostate{};
  } else {
    return f(m);
  }
}

template <class R, class F>
rt::task<R> load_and_apply(services& s, mail::message_ref m, F f) {
  co_await load_data(s, m);
  co_return apply(f, *m);
}

}  // namespace detail

template <class F>
auto with_data(services& s, mail::message_ref m, F f) -> lua::maybe<decltype(detail::apply(f, *m))> {
  using R = decltype(detail::apply(f, *m));
  if (m->content.is_loaded()) return detail::apply(f, *m);
  return detail::load_and_apply<R>(s, std::move(m), std::move(f));
}

}  // namespace godwit::lua_api
