#include "lua/vm.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include <lua.hpp>

#include "lua/libraries.hpp"

namespace godwit::lua {

void push_metatable(lua_State* L, const type_tag& tag, const catalogue::type_entry* type);  // box.cpp

namespace {

struct opening {
  vm* self;
  const std::string* package_path;
};

// An error outside any script: an allocation failed while C++ handed over values.
int panic(lua_State* L) {
  const char* text = lua_tostring(L, -1);
  throw std::runtime_error(fmt::format("Lua: {}", text ? text : "error without text"));
}

// Runs protected: opening libraries allocates.
int open_all(lua_State* L) {
  const auto& o = *static_cast<const opening*>(lua_touserdata(L, 1));
  open_libraries(L);
  open_modules(L, *o.package_path);
  lua_pushboolean(L, 0);
  lua_setglobal(L, "_VALIDATING_CONFIG");
  return 0;
}

}  // namespace

vm::vm(vm_parts parts) : parts_(std::move(parts)) {
  catalogues_.push_back(parts_.declarations.snapshot());
  memory_.limit = parts_.limits.memory;
  state_ = lua_newstate(allocate, &memory_);
  if (!state_) throw std::runtime_error("not enough memory for a Lua state");
  *static_cast<vm**>(lua_getextraspace(state_)) = this;
  lua_atpanic(state_, panic);
  opening o{this, &parts_.package_path};
  lua_pushcfunction(state_, open_all);
  lua_pushlightuserdata(state_, &o);
  if (lua_pcall(state_, 1, 0, 0) != LUA_OK) {
    const std::string why = lua_tostring(state_, -1);
    lua_close(state_);
    throw std::runtime_error("cannot set up a Lua state: " + why);
  }
  thread_ = lua_newthread(state_);
  thread_ref_ = luaL_ref(state_, LUA_REGISTRYINDEX);
  lua_newtable(state_);
  lent_ref_ = luaL_ref(state_, LUA_REGISTRYINDEX);
}

vm::~vm() {
  waiting_.reset();
  lua_close(state_);
}

vm& vm::of(lua_State* L) { return **static_cast<vm**>(lua_getextraspace(L)); }

void* vm::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& account = *static_cast<memory_account*>(self);
  if (!block) old_size = 0;  // then it says what kind of object is made
  if (new_size == 0) {
    account.used -= old_size;
    std::free(block);
    return nullptr;
  }
  if (account.is_enforced && new_size > old_size && account.used + (new_size - old_size) > account.limit) {
    account.was_refused = true;
    return nullptr;
  }
  void* fresh = std::realloc(block, new_size);
  if (fresh) account.used = account.used - old_size + new_size;
  return fresh;
}

const std::vector<vm::handler>& vm::handlers(event_id event) const {
  static const std::vector<handler> none;
  return event < handlers_.size() ? handlers_[event] : none;
}

void vm::add_handler(lua_State* L, event_id event, std::string where) {
  if (event >= handlers_.size()) handlers_.resize(event + 1);
  handlers_[event].push_back({luaL_ref(L, LUA_REGISTRYINDEX), std::move(where)});
}

std::vector<event_id> vm::handled_events() const {
  std::vector<event_id> all;
  for (event_id id = 0; id < handlers_.size(); ++id) {
    if (!handlers_[id].empty()) all.push_back(id);
  }
  return all;
}

void vm::push_metatable(lua_State* L, const type_tag& tag) {
  if (const auto at = metatables_.find(&tag); at != metatables_.end()) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, at->second);
    return;
  }
  lua::push_metatable(L, tag, find_type(tag));
  lua_pushvalue(L, -1);
  metatables_[&tag] = luaL_ref(L, LUA_REGISTRYINDEX);
}

const catalogue::type_entry* vm::find_type(const type_tag& tag) const {
  return catalogues_.back()->find_type(tag);
}

const catalogue::module_entry* vm::find_module(std::string_view name) const {
  const auto& modules = catalogues_.back()->modules;
  const auto at = modules.find(name);
  return at == modules.end() ? nullptr : &at->second;
}

const function_decl* vm::find_function(std::string_view module, std::string_view name) const {
  const auto* entry = find_module(module);
  if (!entry) return nullptr;
  const auto at = std::ranges::find_if(entry->functions, [&](const auto& f) { return f->name == name; });
  return at == entry->functions.end() ? nullptr : at->get();
}

bool vm::load_declarations(std::string_view name) {
  if (!parts_.declarations.load(name)) return false;
  auto fresh = parts_.declarations.snapshot();
  if (fresh == catalogues_.back()) return false;
  catalogues_.push_back(std::move(fresh));
  // Types may have got more methods: objects made from now on have them. The old metatables stay referenced
  // by their objects.
  for (const auto& [tag, ref] : metatables_) luaL_unref(state_, LUA_REGISTRYINDEX, ref);
  metatables_.clear();
  return true;
}

}  // namespace godwit::lua
