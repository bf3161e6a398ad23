// `godwit lua-api`: the declarations as text and as data.
#include <algorithm>

#include <fmt/format.h>

#include "lua/catalogue.hpp"

namespace godwit::lua {

namespace {

object describe(const char* kind, const std::string& module, const std::string& name, std::string type,
                const std::string& summary) {
  return {{"kind", kind},
          {"module", module},
          {"name", name},
          {"signature", std::move(type)},
          {"summary", summary}};
}

object describe(const char* kind, const std::string& module, const function_decl& f) {
  auto o = describe(kind, module, f.full_name, f.signature.text(), f.summary);
  o.set("suspends", f.signature.suspends);
  o.set("owner", f.owner);
  if (!f.provider.empty()) o.set("provider", f.provider);
  return o;
}

void describe_type(value::array& out, const catalogue::type_entry& t) {
  out.push_back(describe("type", t.module, t.tag->name, "", t.summary));
  for (const auto& f : t.methods) out.push_back(describe("method", t.module, *f));
  for (const auto& f : t.fields)
    out.push_back(describe("field", t.module, f->read.full_name, f->type.text(), f->summary));
}

std::string line_of(const value& v) {
  const auto text = [&](const char* key) { return *v.find(key)->as_string(); };
  const auto* suspends = v.find("suspends");
  const auto* provider = v.find("provider");
  const bool is_call = suspends != nullptr;
  return fmt::format("{:<8} {}{}{}{}\n           {}\n", text("kind"), text("name"),
                     is_call || text("signature").empty() ? "" : ": ", text("signature"),
                     provider                          ? " [module " + *provider->as_string() + "]"
                     : is_call && *suspends->as_bool() ? " [may wait]"
                                                       : "",
                     text("summary"));
}

}  // namespace

value registry::describe() const {
  const auto all = snapshot();
  value::array out;
  for (const auto& [name, m] : all->modules) {
    out.push_back(lua::describe("module", name, name, "", m.summary));
    for (const auto& f : m.functions) out.push_back(lua::describe("function", name, *f));
    for (const auto& c : m.constants)
      out.push_back(lua::describe("constant", name, name + "." + c.name, std::string(c.content.type_name()),
                                  c.summary));
  }
  for (const auto& [tag, t] : all->types) describe_type(out, t);
  const auto key = [](const value& v) {
    return std::pair(*v.find("module")->as_string(), *v.find("name")->as_string());
  };
  std::ranges::stable_sort(out, {}, key);
  return out;
}

std::string registry::describe_text() const {
  std::string out;
  const value all = describe();
  for (const auto& v : *all.as_array()) out += line_of(v);
  return out;
}

}  // namespace godwit::lua
