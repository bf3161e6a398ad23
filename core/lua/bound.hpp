#pragma once
// Templates that turn a C++ lambda into a declared function: types of its signature become the type_spec, the
// argument reads and the result pushes.

#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "lua/binding.hpp"
#include "lua/bound_result.hpp"

namespace godwit::lua {
namespace detail {

template <class T>
concept value_bound = requires(stack::cursor& c) {
  binding<T>::read(c);
};

template <class T>
struct is_maybe : std::false_type {};
template <class T>
struct is_maybe<maybe<T>> : std::true_type {};
template <class T>
struct is_task : std::false_type {};
template <class T>
struct is_task<rt::task<T>> : std::true_type {};
template <class T>
struct is_shared : std::false_type {};
template <class T>
struct is_shared<std::shared_ptr<T>> : std::true_type {};

// How one C++ parameter is obtained: by value through binding<T>, or as a reference into an object.
template <class A>
struct argument_reader {
  using plain = std::remove_cvref_t<A>;
  using type = std::conditional_t<value_bound<plain>, plain, A>;
  static constexpr bool is_argument = true;
  static type_spec spec() {
    if constexpr (value_bound<plain>)
      return binding<plain>::spec();
    else
      return type_spec::object_of(tag_of<plain>());
  }
  static type read(stack::cursor& c) {
    if constexpr (value_bound<plain>) {
      return binding<plain>::read(c);
    } else {
      auto& p = stack::read_pointer(c, tag_of<plain>());
      advance(c);
      return *static_cast<plain*>(p.get());
    }
  }
};
template <>
struct argument_reader<context&> {
  using type = context&;
  static constexpr bool is_argument = false;
  static type read(stack::cursor& c) { return c.call; }
};

// Self of a method: always the object, even when the type also crosses by value (mail::address).
template <class A>
struct self_reader {
  using plain = std::remove_cvref_t<A>;
  using type = A;
  static type read(stack::cursor& c) {
    c.argument = 0;
    if constexpr (is_shared<plain>::value) {
      return binding<plain>::read(c);
    } else {
      auto& p = stack::read_pointer(c, tag_of<plain>());
      advance(c);
      return *static_cast<plain*>(p.get());
    }
  }
};

template <class F>
struct callable_traits : callable_traits<decltype(&F::operator())> {};
template <class C, class R, class... A>
struct callable_traits<R (C::*)(A...) const> {
  using result = R;
  using arguments = std::tuple<A...>;
};
template <class C, class R, class... A>
struct callable_traits<R (C::*)(A...)> : callable_traits<R (C::*)(A...) const> {};
template <class R, class... A>
struct callable_traits<R (*)(A...)> : callable_traits<R (std::tuple<>::*)(A...) const> {};

// Views die with the stack when the script waits: a suspending function takes values.
template <class A>
inline constexpr bool survives_a_wait = std::is_same_v<A, context&> ||
                                        (!std::is_reference_v<A> && !std::is_same_v<A, std::string_view>);

template <class F, class Arguments, bool HasSelf>
class bound;

template <class F, class... A, bool HasSelf>
class bound<F, std::tuple<A...>, HasSelf> : public callable {
  using R = typename callable_traits<F>::result;
  // A maybe<> function is no coroutine itself: it copies what its task needs.
  static_assert(!is_task<R>::value || (survives_a_wait<A> && ...),
                "a function that suspends takes its parameters by value (objects as std::shared_ptr)");
  template <std::size_t I, class P>
  using reader = std::conditional_t<HasSelf && I == 0, self_reader<P>, argument_reader<P>>;

 public:
  explicit bound(F f) : f_(std::move(f)) {}

  int call(context& c) override { return call_with(c, std::index_sequence_for<A...>{}); }

 private:
  template <std::size_t... I>
  int call_with(context& c, std::index_sequence<I...>) {
    [[maybe_unused]] stack::cursor at{c};
    std::tuple<typename reader<I, A>::type...> arguments{reader<I, A>::read(at)...};
    if constexpr (std::is_void_v<R>) {
      f_(static_cast<typename reader<I, A>::type&&>(std::get<I>(arguments))...);
      return 0;
    } else {
      return finish(c, f_(static_cast<typename reader<I, A>::type&&>(std::get<I>(arguments))...));
    }
  }

  F f_;
};

template <class F, bool HasSelf>
std::shared_ptr<callable> bind(F f) {
  return std::make_shared<bound<F, typename callable_traits<F>::arguments, HasSelf>>(std::move(f));
}

signature name_parameters(std::vector<std::string> names, std::vector<parameter> types,
                          std::string_view function);

template <class A>
void add_parameter(std::vector<parameter>& all) {
  if constexpr (argument_reader<A>::is_argument)
    all.push_back({"", argument_reader<A>::spec(), std::is_same_v<std::remove_cvref_t<A>, rest>});
}

template <class... A>
std::vector<parameter> parameters_of(std::type_identity<std::tuple<A...>>) {
  std::vector<parameter> all;
  (add_parameter<A>(all), ...);
  return all;
}
template <class Self, class... A>
std::vector<parameter> parameters_after_self(std::type_identity<std::tuple<Self, A...>>) {
  return parameters_of(std::type_identity<std::tuple<A...>>{});
}

template <class F, bool HasSelf>
signature signature_of(std::vector<std::string> names, std::string_view function) {
  using traits = callable_traits<F>;
  using list = std::type_identity<typename traits::arguments>;
  std::vector<parameter> types;
  if constexpr (HasSelf)
    types = parameters_after_self(list{});
  else
    types = parameters_of(list{});
  signature s = name_parameters(std::move(names), std::move(types), function);
  s.results = result_pusher<typename traits::result>::specs();
  s.suspends = is_task<typename traits::result>::value || is_maybe<typename traits::result>::value;
  return s;
}

}  // namespace detail
}  // namespace godwit::lua
