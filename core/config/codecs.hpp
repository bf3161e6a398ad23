#pragma once
// How C++ types read from and render to value. A type joins by a codec specialisation, an enumeration by
// enum_names<T>, a struct by table_of<T>.

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "base/value.hpp"
#include "config/problem.hpp"
#include "config/throttle_spec.hpp"

namespace godwit::config {

template <class T>
class options;

/// template <> struct enum_names<mode> { static constexpr std::array all{std::pair{"Deny"sv, mode::deny}, …}; };
template <class E>
struct enum_names;

/// template <> struct table_of<T> { static const options<T>& get() { return t_options(); } };
template <class T>
struct table_of;

template <class T>
concept named_enum = requires { enum_names<T>::all; };
template <class T>
concept has_table = requires {
  { table_of<T>::get() } -> std::same_as<const options<T>&>;
};

namespace detail {
void wrong_type(problems& out, const std::string& path, std::string_view expected, const value& got);
/// Integers also come as strings with , or _ separators, and as floats without a fraction (KumoMTA: Lua environment).
std::optional<std::int64_t> read_integer(const value& v);
}  // namespace detail

template <>
struct codec<bool> {
  static std::string type() { return "bool"; }
  static void read(bool& out, const value& v, problems& p, const std::string& path);
  static value render(bool v) { return v; }
};

template <class I>
  requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
struct codec<I> {
  static std::string type() { return "integer"; }
  static void read(I& out, const value& v, problems& p, const std::string& path) {
    const auto n = detail::read_integer(v);
    if (!n) return detail::wrong_type(p, path, "integer", v);
    if (!std::in_range<I>(*n)) {
      p.push_back({path, fmt::format("{} is out of range, use {} to {}", *n, std::numeric_limits<I>::min(),
                                     std::numeric_limits<I>::max())});
      return;
    }
    out = static_cast<I>(*n);
  }
  static value render(I v) { return static_cast<std::int64_t>(v); }
};

template <>
struct codec<double> {
  static std::string type() { return "number"; }
  static void read(double& out, const value& v, problems& p, const std::string& path);
  static value render(double v) { return v; }
};

template <>
struct codec<std::string> {
  static std::string type() { return "string"; }
  static void read(std::string& out, const value& v, problems& p, const std::string& path);
  static value render(const std::string& v) { return v; }
};

template <>
struct codec<duration> {
  static std::string type() { return "duration"; }
  static void read(duration& out, const value& v, problems& p, const std::string& path);
  static value render(duration v) { return format_duration(v); }
};

template <>
struct codec<value> {
  static std::string type() { return "any"; }
  static void read(value& out, const value& v, problems&, const std::string&) { out = v; }
  static value render(const value& v) { return v; }
};

template <>
struct codec<object> {
  static std::string type() { return "table"; }
  static void read(object& out, const value& v, problems& p, const std::string& path);
  static value render(const object& v) { return v; }
};

template <>
struct codec<cidr_set> {
  static std::string type() { return "array of CIDR blocks"; }
  static void read(cidr_set& out, const value& v, problems& p, const std::string& path);
  static value render(const cidr_set& v);
};

template <>
struct codec<throttle_spec> {
  static std::string type() { return "throttle"; }
  static void read(throttle_spec& out, const value& v, problems& p, const std::string& path);
  static value render(const throttle_spec& v) { return v.text(); }
};

template <>
struct codec<limit_spec> {
  static std::string type() { return "limit"; }
  static void read(limit_spec& out, const value& v, problems& p, const std::string& path);
  static value render(const limit_spec& v);
};

template <named_enum E>
struct codec<E> {
  static std::string type() {
    std::string names;
    for (const auto& [name, unused] : enum_names<E>::all) names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", name);
    return names;
  }
  static void read(E& out, const value& v, problems& p, const std::string& path) {
    const auto* text = v.as_string();
    if (!text) return detail::wrong_type(p, path, "one of " + type(), v);
    for (const auto& [name, member] : enum_names<E>::all) {
      if (name == *text) {
        out = member;
        return;
      }
    }
    p.push_back({path, fmt::format("\"{}\" is not one of {}", *text, type())});
  }
  static value render(E v) {
    for (const auto& [name, member] : enum_names<E>::all) {
      if (member == v) return std::string(name);
    }
    return {};
  }
};

template <class T>
struct codec<std::optional<T>> {
  static std::string type() { return codec<T>::type(); }
  static void read(std::optional<T>& out, const value& v, problems& p, const std::string& path) {
    if (v.is_null()) {
      out.reset();
      return;
    }
    codec<T>::read(out.emplace(), v, p, path);
  }
  static value render(const std::optional<T>& v) { return v ? codec<T>::render(*v) : value{}; }
};

template <class T>
struct codec<std::vector<T>> {
  static std::string type() { return "array of " + codec<T>::type(); }
  static void read(std::vector<T>& out, const value& v, problems& p, const std::string& path) {
    out.clear();
    if (const auto* o = v.as_object(); o && o->empty()) return;  // an empty Lua table is either
    const auto* items = v.as_array();
    if (!items) return detail::wrong_type(p, path, type(), v);
    for (const auto& item : *items) {
      const auto at = fmt::format("{}[{}]", path, out.size() + 1);
      codec<T>::read(out.emplace_back(), item, p, at);
    }
  }
  static value render(const std::vector<T>& v) {
    value::array items;
    for (const auto& item : v) items.push_back(codec<T>::render(item));
    return items;
  }
};

template <class T>
struct codec<std::map<std::string, T>> {
  static std::string type() { return "map of string to " + codec<T>::type(); }
  static void read(std::map<std::string, T>& out, const value& v, problems& p, const std::string& path) {
    out.clear();
    if (const auto* a = v.as_array(); a && a->empty()) return;
    const auto* members = v.as_object();
    if (!members) return detail::wrong_type(p, path, type(), v);
    for (const auto& [key, member] : *members) codec<T>::read(out[key], member, p, detail::join(path, key));
  }
  static value render(const std::map<std::string, T>& v) {
    object members;
    for (const auto& [key, member] : v) members.set(key, codec<T>::render(member));
    return members;
  }
};

template <has_table T>
struct codec<T> {
  static std::string type() { return table_of<T>::get().name(); }
  static void read(T& out, const value& v, problems& p, const std::string& path) {
    out = table_of<T>::get().parse(v, p, path, std::move(out));
  }
  static value render(const T& v) { return table_of<T>::get().render(v); }
};

}  // namespace godwit::config
