#pragma once
// Options declared once. From one declaration come parsing (Lua tables and TOML alike arrive as value), defaults,
// bounds, the error text with the nearest known key, and the reference page (docs/reference/options.md).
//
//   const options<listener_options>& listener_option_table() {
//     static const auto& table = *new options<listener_options>(
//         options<listener_options>("start_esmtp_listener", "An ESMTP listener.")
//         …
//
// A field's default is the member's initialiser. Thread-safe once built.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "base/result.hpp"
#include "base/value.hpp"
#include "config/problem.hpp"

namespace godwit::config {

struct field_doc {
  std::string name;
  std::string type;
  std::string fallback;  ///< the default as text; "required"
  std::string meaning;
};

/// Erased face of a table: for reference pages and the check of conf/godwit.toml.
class option_table {
 public:
  virtual ~option_table() = default;
  virtual const std::string& name() const = 0;
  virtual const std::string& summary() const = 0;
  virtual std::vector<field_doc> fields() const = 0;
};
/// All tables that were built, by name.
const std::map<std::string, const option_table*>& all_tables();
void register_table(const option_table& table);

template <class T>
class options : public option_table {
 public:
  using check = std::function<std::optional<std::string>(const T&)>;

  options(std::string name, std::string summary) : name_(std::move(name)), summary_(std::move(summary)) {
    register_table(*this);
  }

  template <class M>
  options& field(std::string key, M T::*member, std::string meaning);
  template <class M>
  options& required(std::string key, M T::*member, std::string meaning);
  /// A rule over several fields, run after parsing: returns what is wrong.
  options& rule(check c) {
    rules_.push_back(std::move(c));
    return *this;
  }

  /// Unknown keys are problems naming the nearest known key; the defaults are those of `base`.
  T parse(const value& v, problems& out, const std::string& path = "", T base = T{}) const;
  value render(const T& v) const;  ///< all fields as a table: what Lua sees when it indexes the object

  const std::string& name() const override { return name_; }
  const std::string& summary() const override { return summary_; }
  std::vector<field_doc> fields() const override;

 private:
  struct entry {
    std::string key;
    std::string type;
    std::string meaning;
    bool is_required = false;
    std::function<void(T&, const value&, problems&, const std::string& path)> read;
    std::function<value(const T&)> render;
  };
  std::string name_, summary_;
  std::vector<entry> entries_;
  std::vector<check> rules_;
};

/// parse() for callers that want one error: name of the table first, problems joined by "; ".
template <class T>
result<T> parse_options(const options<T>& table, const value& v);

}  // namespace godwit::config

#include "config/options_impl.hpp"
