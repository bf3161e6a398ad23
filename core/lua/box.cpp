#include "lua/box.hpp"

#include <new>

#include "lua/catalogue.hpp"
#include "lua/declared_call.hpp"
#include "lua/vm.hpp"

namespace godwit::lua {

namespace {

const char marker = 0;  // key in the metatable that says: this userdata is a box

int collect(lua_State* L) {
  static_cast<box*>(lua_touserdata(L, 1))->~box();
  // A second collection (resurrected objects) must find something harmless.
  new (lua_touserdata(L, 1)) box{nullptr, nullptr};
  return 0;
}

const catalogue::type_entry& entry_of(lua_State* L) {
  return *static_cast<const catalogue::type_entry*>(lua_touserdata(L, lua_upvalueindex(2)));
}

// Pushes the table that the object looks like, made once per object and kept beside it.
void push_members(lua_State* L, const catalogue::type_entry& type) {
  if (lua_getiuservalue(L, 1, 1) == LUA_TTABLE) return;
  lua_pop(L, 1);
  const box* b = box_at(L, 1);
  if (!b || b->tag != type.tag || !b->pointer) throw std::runtime_error(type.tag->name + " expected");
  stack::push_value(L, type.to_value(b->pointer));
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, 1, 1);
}

int index_object(lua_State* L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  const auto& type = entry_of(L);
  return guarded(L, [&] {
    if (lua_type(L, 2) == LUA_TSTRING) {
      if (const auto* field = type.find_field(lua_tostring(L, 2))) {
        context c{L, vm::of(L), field->read};
        return field->read.body->call(c);
      }
    }
    if (!type.is_like_table) return 1;  // the nil on top
    push_members(L, type);
    if (!lua_istable(L, -1)) return 0;
    lua_pushvalue(L, 2);
    lua_rawget(L, -2);
    return 1;
  });
}

int assign_field(lua_State* L) {
  const auto& type = entry_of(L);
  return guarded(L, [&] {
    const char* key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const auto* field = type.find_field(key);
    if (!field || !field->write.body) {
      throw std::runtime_error(fmt::format("{} has no field '{}' that can be set", type.tag->name, key));
    }
    lua_remove(L, 2);
    context c{L, vm::of(L), field->write};
    return field->write.body->call(c);
  });
}

int iterate_members(lua_State* L) {
  const auto& type = entry_of(L);
  return guarded(L, [&] {
    lua_settop(L, 1);
    lua_getglobal(L, "next");
    push_members(L, type);
    return 2;
  });
}

void push_methods(lua_State* L, const catalogue::type_entry& type) {
  lua_createtable(L, 0, static_cast<int>(type.methods.size()));
  for (const auto& m : type.methods) {
    push_function(L, *m);
    lua_setfield(L, -2, m->name.c_str());
  }
}

void set_closure(lua_State* L, const char* name, const catalogue::type_entry& type, lua_CFunction f) {
  lua_pushvalue(L, -1);  // methods
  lua_pushlightuserdata(L, const_cast<catalogue::type_entry*>(&type));
  lua_pushcclosure(L, f, 2);
  lua_setfield(L, -3, name);
}

void add_behaviour(lua_State* L, const catalogue::type_entry& type) {
  push_methods(L, type);
  if (type.fields.empty() && !type.is_like_table) {
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "__index");
  } else {
    set_closure(L, "__index", type, index_object);
  }
  set_closure(L, "__newindex", type, assign_field);
  if (type.is_like_table) set_closure(L, "__pairs", type, iterate_members);
  lua_pop(L, 1);
  for (const auto& m : type.metamethods) {
    push_function(L, *m);
    lua_setfield(L, -2, m->name.c_str());
  }
}

}  // namespace

void push_metatable(lua_State* L, const type_tag& tag, const catalogue::type_entry* type) {
  lua_createtable(L, 0, 8);
  lua_pushboolean(L, 1);
  lua_rawsetp(L, -2, &marker);
  lua_pushlstring(L, tag.name.data(), tag.name.size());
  lua_setfield(L, -2, "__name");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  if (type) add_behaviour(L, *type);
}

box* box_at(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return nullptr;
  const bool ours = lua_rawgetp(L, -1, &marker) != LUA_TNIL;
  lua_pop(L, 2);
  return ours ? static_cast<box*>(lua_touserdata(L, index)) : nullptr;
}

box* push_box(lua_State* L, const type_tag& tag, std::shared_ptr<void> pointer) {
  luaL_checkstack(L, 6, nullptr);
  vm::of(L).push_metatable(L, tag);
  box* b = new (lua_newuserdatauv(L, sizeof(box), 1)) box{&tag, std::move(pointer)};
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  return b;
}

}  // namespace godwit::lua
