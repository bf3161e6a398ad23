#pragma once
// Body of blocking_pool::run; include rt/blocking_pool.hpp.

#include <exception>
#include <type_traits>
#include <variant>

#include <asio/async_result.hpp>
#include <asio/use_awaitable.hpp>

namespace godwit::rt {

template <class F>
auto blocking_pool::run(F work) -> task<std::invoke_result_t<F>> {
  using result_type = std::invoke_result_t<F>;
  using stored = std::conditional_t<std::is_void_v<result_type>, std::monostate, std::optional<result_type>>;
  struct state {
    F work;
    std::exception_ptr failed;
    stored value{};
  };
  auto s = std::make_shared<state>(state{std::move(work), nullptr, {}});
  // Named, and `s` by reference to this frame: GCC 12 destroys a capture with a destructor twice when the lambda is a
  // temporary of the co_await expression.
  const auto start = [this, &s](auto handler) {
    // The handler moves to the pool thread and back; it is run on the loop it belongs to.
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    post([s, shared] {
      try {
        if constexpr (std::is_void_v<result_type>) {
          s->work();
        } else {
          s->value.emplace(s->work());
        }
      } catch (...) {
        s->failed = std::current_exception();
      }
      auto home = asio::get_associated_executor(*shared);
      asio::post(home, [shared]() mutable { std::move (*shared)(); });
    });
  };
  co_await asio::async_initiate<asio::use_awaitable_t<executor> const, void()>(start, use_task);
  if (s->failed) std::rethrow_exception(s->failed);
  if constexpr (!std::is_void_v<result_type>) co_return std::move(*s->value);
}

}  // namespace godwit::rt
