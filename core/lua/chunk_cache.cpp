#include "lua/chunk_cache.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <lua.hpp>

namespace godwit::lua {

namespace {

int append_chunk(lua_State*, const void* bytes, std::size_t size, void* out) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
  return 0;
}

result<chunk_cache::bytecode> compile(const std::string& name, std::string_view text) {
  const std::unique_ptr<lua_State, decltype(&lua_close)> scratch(luaL_newstate(), &lua_close);
  if (!scratch) return error{"not enough memory to compile " + name};
  if (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size()));
  const std::string chunk_name = "@" + name;
  if (luaL_loadbufferx(scratch.get(), text.data(), text.size(), chunk_name.c_str(), "t") != LUA_OK) {
    return error{lua_tostring(scratch.get(), -1)};
  }
  auto code = std::make_shared<std::string>();
  lua_dump(scratch.get(), append_chunk, code.get(), 0);  // with line numbers: errors name them
  return chunk_cache::bytecode(std::move(code));
}

result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail("cannot open {}: {}", file, std::strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return fail("cannot read {}: {}", file, std::strerror(errno));
  return std::move(text).str();
}

}  // namespace

result<chunk_cache::bytecode> chunk_cache::get(const std::string& file) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto at = chunks_.find(file); at != chunks_.end()) return at->second;
  }
  auto text = read_file(file);
  if (!text) return text.why();
  return add(file, *text);
}

result<chunk_cache::bytecode> chunk_cache::add(const std::string& name, std::string_view text) {
  auto code = compile(name, text);
  if (!code) return code;
  const std::scoped_lock lock(mutex_);
  return chunks_.emplace(name, *code).first->second;  // the first to finish wins: one text per generation
}

result<void> chunk_cache::load(lua_State* L, const std::string& file) {
  auto code = get(file);
  if (!code) return code.why();
  const std::string chunk_name = "@" + file;
  if (luaL_loadbufferx(L, (*code)->data(), (*code)->size(), chunk_name.c_str(), "b") != LUA_OK) {
    const error why{lua_tostring(L, -1)};
    lua_pop(L, 1);
    return why;
  }
  return {};
}

}  // namespace godwit::lua
