#pragma once
// A JSON-like value: metadata, configuration trees, arguments and results of Lua functions and hooks.
// Plain data, copied by value; no thread affinity.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace godwit {

class value;

/// String-keyed members in insertion order. Look-ups are linear: objects here are small.
class object {
 public:
  using member = std::pair<std::string, value>;

  object() = default;
  object(std::initializer_list<member> members);
  /// Takes members whose keys the caller knows to be distinct.
  static object of_distinct(std::vector<member> members);

  const value* find(std::string_view key) const;
  value* find(std::string_view key);
  void set(std::string_view key, value v);  ///< replaces an existing member, else appends
  bool erase(std::string_view key);

  // Defined below: `value` is not complete here yet.
  bool empty() const;
  std::size_t size() const;
  const member* begin() const;
  const member* end() const;
  member* begin();
  member* end();

  bool operator==(const object& other) const;  ///< regardless of order

 private:
  std::vector<member> members_;
};

class value {
 public:
  using array = std::vector<value>;
  enum class kind { null, boolean, integer, number, string, array, object };

  value() = default;
  value(std::nullptr_t) {}
  value(bool v) : data_(v) {}
  value(int v) : data_(std::int64_t{v}) {}
  value(unsigned v) : data_(std::int64_t{v}) {}
  value(std::int64_t v) : data_(v) {}
  value(std::size_t v) : data_(static_cast<std::int64_t>(v)) {}
  value(double v) : data_(v) {}
  value(std::string v) : data_(std::move(v)) {}
  value(std::string_view v) : data_(std::string(v)) {}
  value(const char* v) : data_(std::string(v)) {}
  value(array v) : data_(std::move(v)) {}
  value(class object v) : data_(std::move(v)) {}

  kind type() const { return static_cast<kind>(data_.index()); }
  bool is_null() const { return type() == kind::null; }
  bool is_string() const { return type() == kind::string; }
  bool is_object() const { return type() == kind::object; }
  bool is_array() const { return type() == kind::array; }

  // Null when the value is of another type.
  const bool* as_bool() const { return std::get_if<bool>(&data_); }
  const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&data_); }
  const double* as_number() const { return std::get_if<double>(&data_); }
  const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  const array* as_array() const { return std::get_if<array>(&data_); }
  const class object* as_object() const { return std::get_if<class object>(&data_); }
  array* as_array() { return std::get_if<array>(&data_); }
  class object* as_object() {
    return std::get_if<class object>(&data_);
  }

  /// Integer or floating point as a double; false when neither.
  bool to_number(double& out) const;
  /// Member of an object, null when absent or not an object.
  const value* find(std::string_view key) const;

  /// "nil", "boolean", "integer", "number", "string", "array", "table": for error texts.
  std::string_view type_name() const;

  bool operator==(const value& other) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, array, class object> data_;
};

inline bool object::empty() const { return members_.empty(); }
inline std::size_t object::size() const { return members_.size(); }
inline const object::member* object::begin() const { return members_.data(); }
inline const object::member* object::end() const { return members_.data() + members_.size(); }
inline object::member* object::begin() { return members_.data(); }
inline object::member* object::end() { return members_.data() + members_.size(); }

}  // namespace godwit
