#include "lua/type_spec.hpp"

#include "config/options.hpp"

namespace godwit::lua {

namespace {

std::string plain_text(const type_spec& s) {
  using kind = type_spec::kind;
  switch (s.what) {
    case kind::any:
      return "any";
    case kind::boolean:
      return "boolean";
    case kind::integer:
      return "integer";
    case kind::number:
      return "number";
    case kind::string:
      return "string";
    case kind::duration:
      return "duration";
    case kind::table:
      return "table";
    case kind::array:
      return s.element && s.element->text() != "any" ? "array of " + s.element->text() : "array";
    case kind::map:
      return "map of string to " + (s.element ? s.element->text() : "any");
    case kind::function:
      return "function";
    case kind::object:
      return s.tag ? s.tag->name : "object";
    case kind::options:
      return s.table ? s.table->name() + " options" : "options";
  }
  return "any";
}

std::string text_of(const parameter& p) {
  if (p.is_variadic) return p.name + "...";
  return p.name + ": " + p.type.text();
}

}  // namespace

std::string type_spec::text() const {
  const std::string plain = note.empty() ? plain_text(*this) : note;
  return is_optional ? plain + " or nil" : plain;
}

type_spec type_spec::of(kind k) {
  type_spec s;
  s.what = k;
  return s;
}

type_spec type_spec::object_of(const type_tag& t) {
  type_spec s = of(kind::object);
  s.tag = &t;
  return s;
}

type_spec type_spec::array_of(type_spec element) {
  type_spec s = of(kind::array);
  s.element = std::make_shared<type_spec>(std::move(element));
  return s;
}

type_spec type_spec::map_of(type_spec element) {
  type_spec s = of(kind::map);
  s.element = std::make_shared<type_spec>(std::move(element));
  return s;
}

type_spec type_spec::optional() const {
  type_spec s = *this;
  s.is_optional = true;
  return s;
}

std::string signature::text() const {
  std::string all = "(";
  for (const auto& p : parameters) all += (all.size() > 1 ? ", " : "") + text_of(p);
  all += ")";
  for (std::size_t i = 0; i < results.size(); ++i) all += (i ? ", " : " -> ") + results[i].text();
  return all;
}

}  // namespace godwit::lua
