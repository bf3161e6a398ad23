#pragma once
// JSON-like values: settings, metadata, arguments, results. value_view reads (borrowed, null-safe), value
// owns, value_ref writes into a value.

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <godwit/host.hpp>

namespace godwit::sdk {

/// Borrowed; reading what is absent or of another kind gives null, false, 0, "".
class value_view {
 public:
  value_view() = default;
  explicit value_view(const godwit_value* raw) : raw_(raw) {}

  const godwit_value* raw() const { return raw_; }
  int32_t kind() const { return host().value_kind(raw_); }
  bool is_null() const { return raw_ == nullptr || kind() == GODWIT_NULL; }
  bool is_text() const { return kind() == GODWIT_TEXT; }
  bool is_array() const { return kind() == GODWIT_ARRAY; }
  bool is_object() const { return kind() == GODWIT_OBJECT; }

  bool boolean() const { return host().value_boolean(raw_) != 0; }
  std::int64_t integer() const { return host().value_integer(raw_); }
  double number() const { return host().value_number(raw_); }
  std::string_view text() const { return to_view(host().value_text_borrow(raw_)); }
  /// A GODWIT_OPTION_DURATION.
  std::chrono::nanoseconds duration() const { return std::chrono::nanoseconds(integer()); }

  std::size_t size() const { return host().value_count(raw_); }
  value_view operator[](std::size_t index) const {
    return value_view(host().value_element_borrow(raw_, index));
  }
  value_view operator[](std::string_view key) const {
    return value_view(host().value_member_borrow(raw_, to_str(key)));
  }
  std::string_view key(std::size_t index) const { return to_view(host().value_key_borrow(raw_, index)); }

  std::optional<std::string> optional_text() const {
    return is_text() ? std::optional<std::string>(text()) : std::nullopt;
  }
  std::vector<std::string> text_list() const {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < size(); ++i) list.emplace_back((*this)[i].text());
    return list;
  }
  std::string json() const {
    std::string out;
    host().value_write_json(
        raw_, [](void* to, godwit_str piece) { static_cast<std::string*>(to)->append(to_view(piece)); },
        &out);
    return out;
  }

 private:
  const godwit_value* raw_ = nullptr;
};

/// Writes into a value that somebody owns. Valid until the parent changes.
class value_ref {
 public:
  explicit value_ref(godwit_value* raw) : raw_(raw) {}

  godwit_value* raw() const { return raw_; }
  value_view view() const { return value_view(raw_); }
  void set(std::nullptr_t) { host().value_set_null(raw_); }
  void set(bool v) { host().value_set_boolean(raw_, v); }
  void set(int v) { host().value_set_integer(raw_, v); }
  void set(std::int64_t v) { host().value_set_integer(raw_, v); }
  void set(std::uint64_t v) { host().value_set_integer(raw_, static_cast<std::int64_t>(v)); }
  void set(double v) { host().value_set_number(raw_, v); }
  void set(std::string_view v) { host().value_set_text(raw_, to_str(v)); }
  void set(const char* v) { set(std::string_view(v)); }
  void set(const std::string& v) { set(std::string_view(v)); }
  void set(value_view v) { host().value_assign(raw_, v.raw()); }
  void make_array() { host().value_set_array(raw_); }
  void make_object() { host().value_set_object(raw_); }

  value_ref push() { return value_ref(host().value_element_add(raw_)); }
  value_ref member(std::string_view key) { return value_ref(host().value_member_add(raw_, to_str(key))); }
  template <class T>
  value_ref& push(const T& v) {
    push().set(v);
    return *this;
  }
  template <class T>
  value_ref& set(std::string_view key, const T& v) {
    member(key).set(v);
    return *this;
  }

 private:
  godwit_value* raw_;
};

/// Owned; move-only.
class value : public value_ref {
 public:
  value() : value_ref(host().value_new()), owned_(value_ref::raw()) {}
  template <class T>
  requires(!std::is_base_of_v<value_ref, std::remove_cvref_t<T>>) explicit value(const T& v) : value() {
    value_ref::set(v);
  }
  value(value&& other) noexcept : value_ref(other.owned_), owned_(std::exchange(other.owned_, nullptr)) {}
  value& operator=(value&& other) noexcept {
    std::swap(static_cast<value_ref&>(*this), static_cast<value_ref&>(other));
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~value() {
    if (owned_ != nullptr) host().value_free(owned_);
  }

  static value array() {
    value v;
    v.make_array();
    return v;
  }
  static value object() {
    value v;
    v.make_object();
    return v;
  }
  /// Throws failure with the position of the mistake.
  static value parse_json(std::string_view text) {
    value v;
    if (host().value_parse_json(v.owned_, to_str(text)) != GODWIT_OK)
      throw failure(std::string(v.view().text()));
    return v;
  }

  godwit_value* raw() const { return owned_; }
  /// For "take" slots.
  godwit_value* release() { return std::exchange(owned_, nullptr); }

 private:
  godwit_value* owned_;
};

/// What a slot can read: a value as it is, anything else as a new value.
inline const value& borrow(const value& v) { return v; }
inline value_view borrow(value_view v) { return v; }
template <class T>
value borrow(const T& v) {
  return value(v);
}

}  // namespace godwit::sdk
