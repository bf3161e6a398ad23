#pragma once
// The coroutine type of everything that awaits. Asio's, on the plain io_context executor (no type erasure).

#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

namespace godwit::rt {

using executor = asio::io_context::executor_type;

template <class T = void>
using task = asio::awaitable<T, executor>;

/// Completion tokens: `co_await op(use_task)` throws asio::system_error, `co_await op(use_result)` gives a tuple that
/// starts with the error code.
inline constexpr asio::use_awaitable_t<executor> use_task;
inline constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<executor>> use_result{use_task};

}  // namespace godwit::rt
