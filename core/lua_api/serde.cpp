// kumo.serde and its older names in kumo. Files are read at once rather than in a pool: policies load them
// while their modules are required, where Lua cannot wait.
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/json.hpp"
#include "config/toml.hpp"
#include "lua_api/declarations.hpp"

namespace godwit::lua_api {

namespace {

result<std::string> read_file(const std::string& name) {
  std::ifstream in(name, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) return fail("reading {}: {}", name, std::strerror(errno));
  return std::move(text).str();
}

result<value> json_parse(const std::string& text) { return json::parse(text, true); }
result<value> toml_parse(const std::string& text) { return config::parse_toml(text, "toml"); }

result<value> json_load(const std::string& file) {
  auto text = read_file(file);
  if (!text) return text.why();
  auto parsed = json_parse(*text);
  if (!parsed) return fail("{}: {}", file, parsed.why().text);
  return parsed;
}

result<value> toml_load(const std::string& file) {
  auto text = read_file(file);
  if (!text) return text.why();
  return config::parse_toml(*text, file);
}

std::string json_encode(const value& v) { return json::write(v); }
std::string json_encode_pretty(const value& v) { return json::write_pretty(v); }

result<std::string> encode_toml(const value& v, bool pretty) {
  if (!v.is_object()) return fail("TOML needs a table with string keys, got {}", v.type_name());
  return config::write_toml(v, pretty);
}
result<std::string> toml_encode(const value& v) { return encode_toml(v, false); }
result<std::string> toml_encode_pretty(const value& v) { return encode_toml(v, true); }

}  // namespace

void declare_serde(lua::module& serde, lua::module& kumo) {
  for (auto* m : {&serde, &kumo}) {
    m->function("json_parse", {"text"}, "JSON to a value; comments count as spaces.", json_parse);
    m->function("json_load", {"file"}, "JSON file to a value; comments count as spaces.", json_load);
    m->function("json_encode", {"value"}, "Compact JSON.", json_encode);
    m->function("json_encode_pretty", {"value"}, "Indented JSON.", json_encode_pretty);
    m->function("toml_parse", {"text"}, "TOML to a value.", toml_parse);
    m->function("toml_load", {"file"}, "TOML file to a value.", toml_load);
    m->function("toml_encode", {"value"}, "TOML.", toml_encode);
    m->function("toml_encode_pretty", {"value"}, "TOML with arrays over several lines.", toml_encode_pretty);
  }
}

}  // namespace godwit::lua_api
