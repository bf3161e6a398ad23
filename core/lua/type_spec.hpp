#pragma once
// What a declared function takes and gives: the one description behind argument checks, error texts, the
// listing of `godwit lua-api` and editor stubs. Plain data.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.hpp"

namespace godwit::config {
class option_table;
}

namespace godwit::lua {

/// Identity of an object type. The address counts; the name is for texts.
struct type_tag {
  std::string name;  ///< "Message"
};

struct type_spec {
  enum class kind {
    any,  ///< data of any type; tables included, functions not
    boolean,
    integer,
    number,
    string,
    duration,  ///< seconds, or text like "5m"
    table,     ///< string keys
    array,     ///< of element
    map,       ///< string keys, values of element
    function,
    object,   ///< of type tag
    options,  ///< strict table: unknown keys are errors
  };
  kind what = kind::any;
  bool is_optional = false;
  const type_tag* tag = nullptr;
  const config::option_table* table = nullptr;
  std::shared_ptr<const type_spec> element;
  std::string note;  ///< replaces the text made from the rest ("address or string or array")

  std::string text() const;  ///< "string", "array of Message", "duration or nil"

  static type_spec of(kind k);
  static type_spec object_of(const type_tag& t);
  static type_spec array_of(type_spec element);
  static type_spec map_of(type_spec element);
  type_spec optional() const;
};

struct parameter {
  std::string name;
  type_spec type;
  bool is_variadic = false;  ///< the last one: takes what remains
};

struct signature {
  std::vector<parameter> parameters;
  std::vector<type_spec> results;
  bool suspends = false;     ///< may suspend the calling script
  std::string text() const;  ///< "(domain: string, resolver: string or nil) -> array of string"
};

}  // namespace godwit::lua
