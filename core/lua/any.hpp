#pragma once
// What crosses between scripts and C++: plain data (godwit::value) or objects that scripts only hold.

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "base/value.hpp"
#include "lua/type_spec.hpp"
#include "rt/task.hpp"

namespace godwit::lua {

/// An object held by a script: shared ownership plus its type. Used on the script's loop only.
struct object_ref {
  const type_tag* tag = nullptr;
  std::shared_ptr<void> pointer;
};

using any = std::variant<value, object_ref, std::vector<object_ref>>;

/// The tag of a C++ type. Specialise tag_name<T> where the type is declared to scripts:
///   template <> inline constexpr const char* tag_name<mail::message> = "Message";
template <class T>
inline constexpr const char* tag_name = nullptr;

template <class T>
const type_tag& tag_of() {
  static_assert(tag_name<T> != nullptr, "specialise godwit::lua::tag_name<T> for this type first");
  static const type_tag tag{tag_name<T>};
  return tag;
}

/// The object when `a` holds a T, else null.
template <class T>
std::shared_ptr<T> object_in(const any& a) {
  const auto* ref = std::get_if<object_ref>(&a);
  if (!ref || ref->tag != &tag_of<T>()) return nullptr;
  return std::static_pointer_cast<T>(ref->pointer);
}

template <class T>
object_ref make_object(std::shared_ptr<T> p) {
  using plain = std::remove_const_t<T>;
  return {&tag_of<plain>(), std::static_pointer_cast<void>(std::const_pointer_cast<plain>(std::move(p)))};
}

/// A result that is there at once or needs a wait: a function returning it suspends the script only when it
/// must. R is std::monostate for a function without result.
template <class R>
class maybe {
 public:
  maybe(R ready) : state_(std::in_place_index<0>, std::move(ready)) {}
  maybe(rt::task<R> later) : state_(std::in_place_index<1>, std::move(later)) {}
  R* ready() { return std::get_if<0>(&state_); }
  rt::task<R>& later() { return std::get<1>(state_); }

 private:
  std::variant<R, rt::task<R>> state_;
};

}  // namespace godwit::lua
