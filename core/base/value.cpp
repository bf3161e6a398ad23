#include "base/value.hpp"

#include <algorithm>

namespace godwit {

object::object(std::initializer_list<member> members) {
  members_.reserve(members.size());
  for (const auto& m : members) set(m.first, m.second);
}

object object::of_distinct(std::vector<member> members) {
  object out;
  out.members_ = std::move(members);
  return out;
}

const value* object::find(std::string_view key) const {
  for (const auto& m : members_)
    if (m.first == key) return &m.second;
  return nullptr;
}

value* object::find(std::string_view key) {
  return const_cast<value*>(static_cast<const object*>(this)->find(key));
}

void object::set(std::string_view key, value v) {
  if (value* existing = find(key))
    *existing = std::move(v);
  else
    members_.emplace_back(std::string(key), std::move(v));
}

bool object::erase(std::string_view key) {
  const auto at =
      std::find_if(members_.begin(), members_.end(), [&](const member& m) { return m.first == key; });
  if (at == members_.end()) return false;
  members_.erase(at);
  return true;
}

bool object::operator==(const object& other) const {
  if (size() != other.size()) return false;
  return std::all_of(members_.begin(), members_.end(), [&](const member& m) {
    const value* v = other.find(m.first);
    return v && *v == m.second;
  });
}

bool value::to_number(double& out) const {
  if (const auto* i = as_integer())
    out = static_cast<double>(*i);
  else if (const auto* n = as_number())
    out = *n;
  else
    return false;
  return true;
}

const value* value::find(std::string_view key) const {
  const auto* members = as_object();
  return members ? members->find(key) : nullptr;
}

std::string_view value::type_name() const {
  static constexpr std::string_view names[] = {"nil",    "boolean", "integer", "number",
                                               "string", "array",   "table"};
  return names[data_.index()];
}

}  // namespace godwit
