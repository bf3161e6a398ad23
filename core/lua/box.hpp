#pragma once
// How an object lies in a VM: a full userdata holding a shared pointer and its type. Private to this library.

#include <memory>

#include <lua.hpp>

#include "lua/any.hpp"

namespace godwit::lua {

/// Contents of the userdata. `pointer` is null once the event that lent the object has ended.
struct box {
  const type_tag* tag;
  std::shared_ptr<void> pointer;
};

/// Null when the value at `index` is none of our objects.
box* box_at(lua_State* L, int index);
/// Pushes a new userdata; the metatable is that of the tag in this VM (made at first use).
box* push_box(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer);

}  // namespace godwit::lua
