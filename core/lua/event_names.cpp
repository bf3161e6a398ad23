#include "lua/event_names.hpp"

namespace godwit::lua {

event_id event_names::intern(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  if (const auto at = ids_.find(name); at != ids_.end()) return at->second;
  const auto id = static_cast<event_id>(entries_.size());
  entries_.push_back({std::string(name), false});
  ids_.emplace(name, id);
  return id;
}

const std::string& event_names::name(event_id id) const {
  const std::scoped_lock lock(mutex_);
  return entries_[id].name;
}

void event_names::set_multiple(std::string_view name) {
  const auto id = intern(name);
  const std::scoped_lock lock(mutex_);
  entries_[id].is_multiple = true;
}

bool event_names::is_multiple(event_id id) const {
  const std::scoped_lock lock(mutex_);
  return entries_[id].is_multiple;
}

}  // namespace godwit::lua
