#pragma once
// What a declared function returns: pushed at once, or when its task ends and the script goes on.

#include <stdexcept>
#include <tuple>

#include "lua/binding.hpp"

namespace godwit::lua::detail {

template <class R>
struct result_pusher {
  static std::vector<type_spec> specs() { return {binding<R>::spec()}; }
  static int push(lua_State* L, const R& v) {
    binding<R>::push(L, v);
    return 1;
  }
};
template <>
struct result_pusher<std::monostate> {
  static std::vector<type_spec> specs() { return {}; }
  static int push(lua_State*, const std::monostate&) { return 0; }
};
template <>
struct result_pusher<void> : result_pusher<std::monostate> {};
template <>
struct result_pusher<std::vector<any>> {
  static std::vector<type_spec> specs() { return {}; }
  static int push(lua_State* L, const std::vector<any>& all) {
    stack::reserve(L, static_cast<int>(all.size()) + 4);
    for (const auto& v : all) stack::push_any(L, v);
    return static_cast<int>(all.size());
  }
};
template <class... T>
struct result_pusher<std::tuple<T...>> {
  static std::vector<type_spec> specs() { return {binding<T>::spec()...}; }
  static int push(lua_State* L, const std::tuple<T...>& all) {
    std::apply([L](const auto&... v) { (binding<std::remove_cvref_t<decltype(v)>>::push(L, v), ...); }, all);
    return sizeof...(T);
  }
};
template <class T>
struct result_pusher<result<T>> {
  static std::vector<type_spec> specs() { return result_pusher<T>::specs(); }
  static int push(lua_State* L, const result<T>& v) {
    if (!v) throw std::runtime_error(v.why().text);
    if constexpr (std::is_void_v<T>)
      return 0;
    else
      return result_pusher<T>::push(L, *v);
  }
};
template <class T>
struct result_pusher<rt::task<T>> : result_pusher<T> {};
template <class T>
struct result_pusher<maybe<T>> : result_pusher<T> {};

template <class R>
class task_operation : public operation {
  using held = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

 public:
  explicit task_operation(rt::task<R> t) : task_(std::move(t)) {}

  rt::task<> run() override {
    try {
      if constexpr (std::is_void_v<R>) {
        co_await std::move(task_);
        result_.emplace();
      } else {
        result_.emplace(co_await std::move(task_));
      }
    } catch (const std::exception&) {
      failure_ = std::current_exception();
    }
  }

  int push(lua_State* L) override {
    if (failure_) std::rethrow_exception(failure_);
    return result_pusher<held>::push(L, *result_);
  }

 private:
  rt::task<R> task_;
  std::optional<held> result_;
  std::exception_ptr failure_;
};

template <class T>
int finish(context& c, rt::task<T> later) {
  return suspend(c, std::make_unique<task_operation<T>>(std::move(later)));
}
template <class T>
int finish(context& c, maybe<T> m) {
  if (T* ready = m.ready()) return result_pusher<T>::push(c.state, *ready);
  return finish(c, std::move(m.later()));
}
template <class R>
int finish(context& c, const R& v) {
  return result_pusher<R>::push(c.state, v);
}

}  // namespace godwit::lua::detail
