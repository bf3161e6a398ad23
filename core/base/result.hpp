#pragma once
// Expected outcomes as values: a result is a T or an error that says what was being done.

#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace godwit {

/// Why something could not be done, in words an operator can act on: what, where, what to do.
struct error {
  std::string text;
};

/// error("cannot open {}: {}", path, reason)
template <class... Args>
error fail(fmt::format_string<Args...> format, Args&&... args) {
  return error{fmt::format(format, std::forward<Args>(args)...)};
}

template <class T>
class [[nodiscard]] result {
 public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error why) : state_(std::in_place_index<1>, std::move(why)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  const error& why() const { return std::get<1>(state_); }

 private:
  std::variant<T, error> state_;
};

template <>
class [[nodiscard]] result<void> {
 public:
  result() = default;
  result(error why) : why_(std::move(why)), ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  const error& why() const { return why_; }

 private:
  error why_;
  bool ok_ = true;
};

}  // namespace godwit
