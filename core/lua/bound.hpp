#pragma once
// Templates that turn a C++ lambda into a declared function: types of its signature become the type_spec, the
// argument reads and the result pushes. To make one more C++ type cross, specialise binding<T>.

#include <concepts>
#include <functional>
#include <map>
#include <tuple>
#include <type_traits>
#include <utility>

#include "config/options.hpp"
#include "lua/stack.hpp"
#include "mail/address.hpp"

namespace godwit::lua {

template <>
inline constexpr const char* tag_name<mail::address> = "EnvelopeAddress";

/// binding<T>: static type_spec spec(); static T read(stack::cursor&) (advances); static void
/// push(lua_State*, const T&).
template <class T>
struct binding;

/// An argument that is a strict option table (config::table_of<T>): unknown keys and wrong types are errors
/// of that table.
template <class T>
struct strict {
  T options;
};

/// All remaining arguments.
struct rest {
  std::vector<any> items;
};

namespace detail {

inline void advance(stack::cursor& c) {
  ++c.index;
  ++c.argument;
}

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

template <type_spec::kind Kind, class T, class Stored, auto Read, auto Push>
struct simple_binding {
  static type_spec spec() { return type_spec::of(Kind); }
  static T read(stack::cursor& c) {
    T v = static_cast<T>(Stored(Read(c)));
    advance(c);
    return v;
  }
  static void push(lua_State* L, const T& v) { Push(L, v); }
};

}  // namespace detail

template <>
struct binding<bool> : detail::simple_binding<type_spec::kind::boolean, bool, bool, &stack::read_boolean,
                                              &stack::push_boolean> {};
template <>
struct binding<double> : detail::simple_binding<type_spec::kind::number, double, double, &stack::read_number,
                                                &stack::push_number> {};
template <>
struct binding<std::string> : detail::simple_binding<type_spec::kind::string, std::string, std::string,
                                                     &stack::read_string, &stack::push_string> {};
template <>
struct binding<std::string_view>
    : detail::simple_binding<type_spec::kind::string, std::string_view, std::string_view, &stack::read_string,
                             &stack::push_string> {};
template <>
struct binding<value>
    : detail::simple_binding<type_spec::kind::any, value, value, &stack::read_value, &stack::push_value> {};
template <>
struct binding<object> : detail::simple_binding<type_spec::kind::table, object, object, &stack::read_object,
                                                &stack::push_object> {};
template <>
struct binding<any>
    : detail::simple_binding<type_spec::kind::any, any, any, &stack::read_any, &stack::push_any> {};

template <class T>
requires(std::integral<T> && !std::same_as<T, bool>) struct binding<T> {
  static type_spec spec() { return type_spec::of(type_spec::kind::integer); }
  static T read(stack::cursor& c) {
    std::int64_t v = stack::read_integer(c);
    if (!std::in_range<T>(v)) stack::bad_argument_text(c, fmt::format("{} is out of range", v));
    detail::advance(c);
    return static_cast<T>(v);
  }
  static void push(lua_State* L, T v) { stack::push_integer(L, static_cast<std::int64_t>(v)); }
};

/// Seconds or text; pushed as seconds.
template <>
struct binding<duration> {
  static type_spec spec() { return type_spec::of(type_spec::kind::duration); }
  static duration read(stack::cursor& c) {
    duration d = stack::read_duration(c);
    detail::advance(c);
    return d;
  }
  static void push(lua_State* L, duration d) {
    stack::push_number(L, std::chrono::duration<double>(d).count());
  }
};

template <>
struct binding<value::array> {
  static type_spec spec() { return type_spec::array_of({}); }
  static value::array read(stack::cursor& c) {
    value v = stack::read_value(c);
    auto* items = v.as_array();
    const bool is_empty_table = v.as_object() && v.as_object()->empty();
    if (!items && !is_empty_table) stack::bad_argument(c, "array");
    detail::advance(c);
    return items ? std::move(*items) : value::array{};
  }
  static void push(lua_State* L, const value::array& v) { stack::push_value(L, value(v)); }
};

template <class T>
struct binding<std::optional<T>> {
  static type_spec spec() { return binding<T>::spec().optional(); }
  static std::optional<T> read(stack::cursor& c) {
    if (!stack::is_nil(c.call.state, c.index)) return binding<T>::read(c);
    detail::advance(c);
    return std::nullopt;
  }
  static void push(lua_State* L, const std::optional<T>& v) {
    if (v)
      binding<T>::push(L, *v);
    else
      stack::push_nil(L);
  }
};

template <class T>
struct binding<std::vector<T>> {
  static type_spec spec() { return type_spec::array_of(binding<T>::spec()); }
  static std::vector<T> read(stack::cursor& c) {
    std::vector<T> all;
    stack::for_each_element(c, &all, [](void* data, const stack::cursor& element) {
      stack::cursor at = element;
      static_cast<std::vector<T>*>(data)->push_back(binding<T>::read(at));
    });
    detail::advance(c);
    return all;
  }
  static void push(lua_State* L, const std::vector<T>& v) {
    stack::push_table(L, v.size(), 0);
    std::int64_t i = 0;
    for (const auto& item : v) {
      binding<T>::push(L, item);
      stack::set_element(L, ++i);
    }
  }
};

template <class T>
struct binding<std::map<std::string, T>> {
  static type_spec spec() { return type_spec::map_of(binding<T>::spec()); }
  static std::map<std::string, T> read(stack::cursor& c) {
    std::map<std::string, T> all;
    stack::for_each_member(c, &all, [](void* data, std::string key, const stack::cursor& member) {
      stack::cursor at = member;
      static_cast<std::map<std::string, T>*>(data)->insert_or_assign(std::move(key), binding<T>::read(at));
    });
    detail::advance(c);
    return all;
  }
  static void push(lua_State* L, const std::map<std::string, T>& v) {
    stack::push_table(L, 0, v.size());
    for (const auto& [key, item] : v) {
      binding<T>::push(L, item);
      stack::set_member(L, key);
    }
  }
};

/// An object of a declared type.
template <class T>
struct binding<std::shared_ptr<T>> {
  using plain = std::remove_const_t<T>;
  static type_spec spec() { return type_spec::object_of(tag_of<plain>()); }
  static std::shared_ptr<T> read(stack::cursor& c) {
    auto p = std::static_pointer_cast<plain>(stack::read_pointer(c, tag_of<plain>()));
    detail::advance(c);
    return p;
  }
  static void push(lua_State* L, const std::shared_ptr<T>& p) {
    if (!p) return stack::push_nil(L);
    stack::push_pointer(L, tag_of<plain>(), make_object(p).pointer);
  }
};

/// An address object or text; pushed as an address object.
template <>
struct binding<mail::address> {
  static type_spec spec();
  static mail::address read(stack::cursor& c);
  static void push(lua_State* L, const mail::address& a);
};

template <>
struct binding<rest> {
  static type_spec spec() { return {}; }
  static rest read(stack::cursor& c) {
    rest all;
    for (const int last = stack::count(c.call.state); c.index <= last; detail::advance(c))
      all.items.push_back(stack::read_any(c));
    return all;
  }
};

template <class T>
struct binding<strict<T>> {
  static type_spec spec() {
    type_spec s = type_spec::of(type_spec::kind::options);
    s.table = &config::table_of<T>::get();
    return s;
  }
  static strict<T> read(stack::cursor& c) {
    const value table = stack::read_value(c);
    if (!table.is_object() && !(table.is_array() && table.as_array()->empty()))
      stack::bad_argument(c, "table");
    auto parsed = config::parse_options(config::table_of<T>::get(), table);
    if (!parsed) throw std::runtime_error(parsed.why().text);
    detail::advance(c);
    return {std::move(*parsed)};
  }
};

namespace detail {

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
