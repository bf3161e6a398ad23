#pragma once
// How a C++ type crosses to Lua and back: its type_spec, the read of an argument, the push of a result. To make one more
// type cross, specialise binding<T>.

#include <concepts>
#include <map>
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

}  // namespace godwit::lua
