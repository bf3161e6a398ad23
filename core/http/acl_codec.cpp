// Access control lists from and to values: what scripts and ACL files write.
#include "http/acl.hpp"

#include <algorithm>

namespace godwit::http {

namespace {

using kind = criterion::kind;

struct word {
  std::string_view text;
  criterion::kind what;
};

constexpr word alone[] = {
    {"Any", kind::any}, {"Authenticated", kind::authenticated}, {"Unauthenticated", kind::unauthenticated}};
constexpr word named[] = {{"Individual", kind::individual}, {"Group", kind::group}, {"Machine", kind::machine}};
constexpr word combined[] = {{"AllOf", kind::all_of}, {"AnyOf", kind::any_of}, {"Not", kind::negation}};

template <std::size_t N>
const word* find(const word (&words)[N], std::string_view text) {
  for (const auto& w : words)
    if (w.text == text) return &w;
  return nullptr;
}

template <std::size_t N>
std::string_view text_of(const word (&words)[N], criterion::kind what) {
  for (const auto& w : words)
    if (w.what == what) return w.text;
  return {};
}

constexpr const char* identity_forms =
    R"(an identity is "Any", "Authenticated", "Unauthenticated", {Individual=…}, {Group=…} or {Machine=…})";
constexpr const char* criteria_forms = "criteria are {Identity=…}, {AllOf={…}}, {AnyOf={…}} or {Not=…}";

const object::member* only_member(const value& v) {
  const auto* o = v.as_object();
  return o && o->size() == 1 ? o->begin() : nullptr;
}

result<criterion> parse_identity(const value& v) {
  criterion c;
  if (const auto* text = v.as_string()) {
    const auto* w = find(alone, *text);
    if (!w) return error{identity_forms};
    c.what = w->what;
    return c;
  }
  const auto* m = only_member(v);
  const auto* w = m ? find(named, m->first) : nullptr;
  const auto* name = m ? m->second.as_string() : nullptr;
  if (!w || !name) return error{identity_forms};
  c.what = w->what;
  c.name = *name;
  if (c.what == kind::machine) {
    auto block = cidr::parse(*name);
    if (!block) return block.why();
    c.block = *block;
  }
  return c;
}

constexpr int depth_limit = 32;

result<criterion> parse_criteria(const value& v, int depth = 0) {
  const auto* m = only_member(v);
  if (!m || depth > depth_limit) return error{criteria_forms};
  if (m->first == "Identity") return parse_identity(m->second);
  const auto* w = find(combined, m->first);
  if (!w) return error{criteria_forms};
  criterion c;
  c.what = w->what;
  const auto* many = m->second.as_array();
  const value::array parts = many ? *many : value::array{m->second};
  if (many && c.what == kind::negation) return error{criteria_forms};
  for (const auto& part : parts) {
    auto one = parse_criteria(part, depth + 1);
    if (!one) return one;
    c.of.push_back(std::move(*one));
  }
  return c;
}

/// Is every member's key among `known`?
std::optional<error> unknown_key(const object& o, std::initializer_list<std::string_view> known) {
  for (const auto& [key, unused] : o) {
    if (std::find(known.begin(), known.end(), key) == known.end())
      return fail("unknown key '{}': {}", key, fmt::join(known, ", "));
  }
  return std::nullopt;
}

result<rule> parse_rule(const value& v) {
  const auto* o = v.as_object();
  if (!o) return error{"must be a table"};
  if (auto wrong = unknown_key(*o, {"criteria", "privilege", "access"})) return *wrong;
  const auto* criteria = o->find("criteria");
  const auto* privilege = v.find("privilege") ? v.find("privilege")->as_string() : nullptr;
  const auto* access = v.find("access") ? v.find("access")->as_string() : nullptr;
  if (!criteria || !privilege || !access) return error{"criteria, privilege and access are needed"};
  if (*access != "Allow" && *access != "Deny") return error{R"(access is "Allow" or "Deny")"};
  auto parsed = parse_criteria(*criteria);
  if (!parsed) return parsed.why();
  return rule{std::move(*parsed), *privilege, *access == "Allow"};
}

/// One [[acl."RESOURCE"]] table becomes a rule for each privilege.
result<void> parse_entry(const value& v, acl& out) {
  const auto* o = v.as_object();
  if (!o) return error{"must be a table"};
  if (auto wrong = unknown_key(*o, {"allow", "privileges", "identity", "criteria"})) return *wrong;
  const auto* allow = v.find("allow") ? v.find("allow")->as_bool() : nullptr;
  const auto* privileges = v.find("privileges") ? v.find("privileges")->as_array() : nullptr;
  const auto *identity = v.find("identity"), *criteria = v.find("criteria");
  if (!allow || !privileges) return error{"allow (true or false) and privileges (array of methods) are needed"};
  if ((identity == nullptr) == (criteria == nullptr)) return error{"either identity or criteria is needed"};
  auto parsed = identity ? parse_identity(*identity) : parse_criteria(*criteria);
  if (!parsed) return parsed.why();
  for (const auto& p : *privileges) {
    if (!p.is_string()) return error{"privileges are HTTP methods"};
    out.push_back({*parsed, *p.as_string(), *allow});
  }
  return {};
}

value criteria_value(const criterion& c) {
  if (const auto text = text_of(alone, c.what); !text.empty()) return object{{"Identity", text}};
  if (const auto text = text_of(named, c.what); !text.empty())
    return object{{"Identity", object{{std::string(text), c.name}}}};
  value::array parts;
  for (const auto& part : c.of) parts.push_back(criteria_value(part));
  const std::string text(text_of(combined, c.what));
  if (c.what == kind::negation) return object{{text, parts.front()}};
  return object{{text, std::move(parts)}};
}

}  // namespace

result<acl> parse_acl(const value& rules) {
  acl out;
  if (const auto* o = rules.as_object(); o && o->empty()) return out;  // an empty Lua table
  const auto* all = rules.as_array();
  if (!all) return error{"an access control list is an array of {criteria, privilege, access}"};
  for (const auto& v : *all) {
    auto one = parse_rule(v);
    if (!one) return fail("rule {}: {}", out.size() + 1, one.why().text);
    out.push_back(std::move(*one));
  }
  return out;
}

result<acl_map> parse_acl_map(const value& root) {
  const auto* o = root.as_object();
  const auto* resources = root.find("acl") ? root.find("acl")->as_object() : nullptr;
  if (!o || !resources) return error{R"(an ACL map has tables [[acl."RESOURCE"]])"};
  if (auto wrong = unknown_key(*o, {"acl"})) return *wrong;
  acl_map out;
  for (const auto& [resource, entries] : *resources) {
    const auto* all = entries.as_array();
    if (!all) return fail(R"(acl."{}" must be an array of tables: [[acl."{}"]])", resource, resource);
    auto& rules = out[resource];
    for (const auto& entry : *all)
      if (auto ok = parse_entry(entry, rules); !ok) return fail(R"(acl."{}": {})", resource, ok.why().text);
  }
  return out;
}

value to_value(const acl& rules) {
  value::array out;
  for (const auto& r : rules)
    out.push_back(object{{"criteria", criteria_value(r.criteria)},
                         {"privilege", r.privilege},
                         {"access", r.allow ? "Allow" : "Deny"}});
  return out;
}

}  // namespace godwit::http
