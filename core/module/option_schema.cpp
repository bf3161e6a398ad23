#include "module/option_schema.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>

#include "base/json.hpp"
#include "base/text.hpp"
#include "module/handshake.hpp"

namespace godwit::module {

struct option_schema::entry {
  std::string name;
  int32_t type = GODWIT_OPTION_ANY;
  bool is_required = false;
  value fallback;
  std::string fallback_text;
  std::string meaning;
  std::int64_t minimum = 0, maximum = 0;
  std::vector<std::string> choices;
  std::shared_ptr<const option_schema> table;

  explicit entry(const godwit_option& o);
  std::string type_text() const;
  value read(const value& v, config::problems& out, const std::string& path) const;
  value read_scalar(const value& v, config::problems& out, const std::string& path) const;
  value read_bounded(std::int64_t n, config::problems& out, const std::string& path) const;
  value read_choice(const value& v, config::problems& out, const std::string& path) const;
  value read_list(const value& v, config::problems& out, const std::string& path) const;
  value read_map(const value& v, config::problems& out, const std::string& path) const;
};

namespace {

template <class T>
value read_as(const value& v, config::problems& out, const std::string& path) {
  T parsed{};
  config::codec<T>::read(parsed, v, out, path);
  return value(parsed);
}

/// An empty Lua table is either.
bool is_empty(const value& v) {
  return (v.as_object() && v.as_object()->empty()) || (v.as_array() && v.as_array()->empty());
}

value make_fallback(const godwit_option& o) {
  if (o.fallback.size == 0) return {};
  const bool is_plain = o.type == GODWIT_OPTION_TEXT || o.type == GODWIT_OPTION_CHOICE ||
                        o.type == GODWIT_OPTION_DURATION || o.type == GODWIT_OPTION_SIZE;
  if (is_plain) return std::string(view(o.fallback));
  auto parsed = json::parse(view(o.fallback));
  return parsed ? *parsed : value(view(o.fallback));
}

}  // namespace

option_schema::entry::entry(const godwit_option& o)
    : name(view(o.name)),
      type(o.type),
      is_required((o.flags & GODWIT_OPTION_REQUIRED) != 0),
      fallback(make_fallback(o)),
      fallback_text(view(o.fallback)),
      meaning(view(o.meaning)),
      minimum(o.minimum),
      maximum(o.maximum) {
  for (std::uint64_t i = 0; i < o.choice_count; ++i) choices.emplace_back(view(o.choices[i]));
  if (o.table != nullptr) table = schema_of(*o.table);
}

std::string option_schema::entry::type_text() const {
  switch (type) {
    case GODWIT_OPTION_BOOLEAN:
      return "bool";
    case GODWIT_OPTION_INTEGER:
      return "integer";
    case GODWIT_OPTION_NUMBER:
      return "number";
    case GODWIT_OPTION_TEXT:
      return "string";
    case GODWIT_OPTION_DURATION:
      return "duration";
    case GODWIT_OPTION_SIZE:
      return "size";
    case GODWIT_OPTION_TEXT_LIST:
      return "array of string";
    case GODWIT_OPTION_TEXT_MAP:
      return "map of string to string";
    case GODWIT_OPTION_CHOICE:
      return fmt::format("\"{}\"", fmt::join(choices, "\", \""));
    case GODWIT_OPTION_TABLE:
      return table ? table->name() : "table";
    case GODWIT_OPTION_TABLE_LIST:
      return "array of " + (table ? table->name() : "table");
    case GODWIT_OPTION_TABLE_MAP:
      return "map of string to " + (table ? table->name() : "table");
    default:
      return "any";
  }
}

value option_schema::entry::read_bounded(std::int64_t n, config::problems& out,
                                         const std::string& path) const {
  const bool is_bounded = minimum != 0 || maximum != 0;
  if (is_bounded && (n < minimum || n > maximum))
    out.push_back({path, fmt::format("{} is out of range, use {} to {}", n, minimum, maximum)});
  return n;
}

value option_schema::entry::read_choice(const value& v, config::problems& out,
                                        const std::string& path) const {
  const auto* text = v.as_string();
  const auto found =
      std::find_if(choices.begin(), choices.end(), [&](const auto& c) { return text && iequals(c, *text); });
  if (found != choices.end()) return *found;
  out.push_back({path, fmt::format("{} is not one of {}", json::write(v), type_text())});
  return {};
}

value option_schema::entry::read_list(const value& v, config::problems& out, const std::string& path) const {
  value::array list;
  if (is_empty(v)) return list;
  if (v.as_array() == nullptr) {
    config::detail::wrong_type(out, path, type_text(), v);
    return list;
  }
  for (const auto& item : *v.as_array()) {
    const auto at = fmt::format("{}[{}]", path, list.size() + 1);
    list.push_back(table ? table->parse(item, out, at) : read_as<std::string>(item, out, at));
  }
  return list;
}

value option_schema::entry::read_map(const value& v, config::problems& out, const std::string& path) const {
  object map;
  if (is_empty(v)) return map;
  if (v.as_object() == nullptr) {
    config::detail::wrong_type(out, path, type_text(), v);
    return map;
  }
  for (const auto& [key, member] : *v.as_object()) {
    if (!choices.empty() && std::find(choices.begin(), choices.end(), key) == choices.end()) {
      config::detail::unknown_key(out, path, key, choices);
      continue;
    }
    const auto at = config::detail::join(path, key);
    map.set(key, table ? table->parse(member, out, at) : read_as<std::string>(member, out, at));
  }
  return map;
}

value option_schema::entry::read_scalar(const value& v, config::problems& out,
                                        const std::string& path) const {
  const auto before = out.size();
  switch (type) {
    case GODWIT_OPTION_BOOLEAN:
      return read_as<bool>(v, out, path);
    case GODWIT_OPTION_NUMBER:
      return read_as<double>(v, out, path);
    case GODWIT_OPTION_TEXT:
      return read_as<std::string>(v, out, path);
    case GODWIT_OPTION_INTEGER: {
      auto n = read_as<std::int64_t>(v, out, path);
      return out.size() == before ? read_bounded(*n.as_integer(), out, path) : n;
    }
    case GODWIT_OPTION_DURATION: {
      duration d{};
      config::codec<duration>::read(d, v, out, path);
      return out.size() == before ? read_bounded(d.count(), out, path) : value();
    }
    case GODWIT_OPTION_SIZE: {
      const auto n = parse_size(v);
      if (n) return read_bounded(*n, out, path);
      out.push_back({path, n.why().text});
      return {};
    }
    default:
      return v;
  }
}

value option_schema::entry::read(const value& v, config::problems& out, const std::string& path) const {
  switch (type) {
    case GODWIT_OPTION_CHOICE:
      return read_choice(v, out, path);
    case GODWIT_OPTION_TEXT_LIST:
    case GODWIT_OPTION_TABLE_LIST:
      return read_list(v, out, path);
    case GODWIT_OPTION_TEXT_MAP:
    case GODWIT_OPTION_TABLE_MAP:
      return read_map(v, out, path);
    case GODWIT_OPTION_TABLE:
      return table ? table->parse(v, out, path) : v;
    default:
      return read_scalar(v, out, path);
  }
}

option_schema::option_schema(const godwit_option_table& declared)
    : name_(view(declared.name)), summary_(view(declared.summary)) {
  const auto* at = reinterpret_cast<const char*>(declared.options);
  for (std::uint64_t i = 0; i < declared.count; ++i, at += declared.option_size) {
    godwit_option o{};  // an older module's option is shorter, a newer one's longer
    std::memcpy(&o, at, std::min<std::size_t>(declared.option_size, sizeof(o)));
    entries_.emplace_back(o);
  }
}

option_schema::~option_schema() = default;

value option_schema::parse(const value& in, config::problems& out, const std::string& path) const {
  static const object nothing;
  const auto* members = is_empty(in) || in.is_null() ? &nothing : in.as_object();
  if (members == nullptr) {
    config::detail::not_a_table(out, path, in);
    return object();
  }
  for (const auto& [key, member] : *members) {
    if (std::any_of(entries_.begin(), entries_.end(), [&](const entry& e) { return e.name == key; }))
      continue;
    std::vector<std::string> known;
    for (const auto& e : entries_) known.push_back(e.name);
    config::detail::unknown_key(out, path, key, known);
  }
  object normalised;
  for (const auto& e : entries_) {
    const auto at = config::detail::join(path, e.name);
    const auto* given = members->find(e.name);
    const bool is_absent = given == nullptr || given->is_null();
    if (is_absent && e.is_required) out.push_back({at, "is required"});
    const auto& source = is_absent ? e.fallback : *given;
    normalised.set(e.name, source.is_null() ? value() : e.read(source, out, at));
  }
  return normalised;
}

std::vector<config::field_doc> option_schema::fields() const {
  std::vector<config::field_doc> docs;
  for (const auto& e : entries_)
    docs.push_back({e.name, e.type_text(), e.is_required ? "required" : e.fallback_text, e.meaning});
  return docs;
}

std::shared_ptr<const option_schema> schema_of(const godwit_option_table& declared) {
  static std::mutex mutex;
  static auto& latest =
      *new std::map<std::string, std::shared_ptr<const option_schema>>();  // outlives static destruction
  auto schema = std::make_shared<const option_schema>(declared);
  const std::lock_guard lock(mutex);
  config::register_table(*schema);
  latest[schema->name()] = schema;
  return schema;
}

result<std::int64_t> parse_size(const value& v) {
  if (const auto* n = v.as_integer()) return *n;
  double number = 0;
  if (v.to_number(number)) return static_cast<std::int64_t>(number);
  if (!v.is_string()) return fail("expected size, got {}", v.type_name());
  const auto text = trim(*v.as_string());
  std::size_t digits = 0;
  std::int64_t n = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && n < INT64_MAX / 100; ++digits)
    n = n * 10 + (text[digits] - '0');
  const auto unit = trim(text.substr(digits));
  static constexpr std::pair<std::string_view, std::int64_t> units[] = {{"", 1},
                                                                        {"b", 1},
                                                                        {"kib", 1 << 10},
                                                                        {"mib", 1 << 20},
                                                                        {"gib", 1 << 30},
                                                                        {"tib", std::int64_t{1} << 40},
                                                                        {"k", 1 << 10},
                                                                        {"m", 1 << 20},
                                                                        {"g", 1 << 30},
                                                                        {"kb", 1000},
                                                                        {"mb", 1000000},
                                                                        {"gb", 1000000000},
                                                                        {"tb", 1000000000000}};
  for (const auto& [name, factor] : units)
    if (digits > 0 && iequals(unit, name) && n <= INT64_MAX / factor) return n * factor;
  return fail("\"{}\" is no size: use a number of bytes, or one with KiB, MiB, GiB", *v.as_string());
}

}  // namespace godwit::module
