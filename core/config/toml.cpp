#include "config/toml.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <toml++/toml.h>

#include "config/codecs.hpp"

namespace godwit::config {

namespace {

class converter {
 public:
  explicit converter(std::map<std::string, unsigned>& lines) : lines_(lines) {}

  value convert(const toml::node& node, const std::string& path) {
    lines_[path] = node.source().begin.line;
    if (const auto* table = node.as_table()) return convert_table(*table, path);
    if (const auto* array = node.as_array()) return convert_array(*array, path);
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* integer = node.as_integer()) return integer->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    std::ostringstream text;  // dates and times read as their text
    node.visit([&](const auto& v) {
      if constexpr (toml::is_value<decltype(v)>) text << v.get();
    });
    return text.str();
  }

 private:
  value convert_table(const toml::table& table, const std::string& path) {
    object members;
    for (const auto& [key, member] : table) {
      members.set(key.str(), convert(member, detail::join(path, key.str())));
      lines_[detail::join(path, key.str())] = key.source().begin.line;
    }
    return members;
  }

  value convert_array(const toml::array& array, const std::string& path) {
    value::array items;
    for (const auto& item : array) items.push_back(convert(item, fmt::format("{}[{}]", path, items.size() + 1)));
    return items;
  }

  std::map<std::string, unsigned>& lines_;
};

void insert(toml::table& to, const std::string& key, const value& v);

toml::array make_array(const value::array& items);

toml::table make_table(const object& members) {
  toml::table table;
  for (const auto& [key, member] : members) insert(table, key, member);
  return table;
}

/// Calls `put` with the toml++ form of `v`; null has none and is left out.
template <class Put>
void with_node(const value& v, Put put) {
  switch (v.type()) {
    case value::kind::null: return;
    case value::kind::boolean: return put(*v.as_bool());
    case value::kind::integer: return put(*v.as_integer());
    case value::kind::number: return put(*v.as_number());
    case value::kind::string: return put(*v.as_string());
    case value::kind::array: return put(make_array(*v.as_array()));
    case value::kind::object: return put(make_table(*v.as_object()));
  }
}

void insert(toml::table& to, const std::string& key, const value& v) {
  with_node(v, [&](auto&& node) { to.insert_or_assign(key, std::forward<decltype(node)>(node)); });
}

toml::array make_array(const value::array& items) {
  toml::array array;
  for (const auto& item : items) {
    with_node(item, [&](auto&& node) { array.push_back(std::forward<decltype(node)>(node)); });
  }
  return array;
}

}  // namespace

std::string toml_document::where(const std::string& path) const {
  auto prefix = path;
  for (;;) {
    if (const auto at = lines.find(prefix); at != lines.end() && at->second > 0) {
      return fmt::format("{}:{}", file, at->second);
    }
    const auto cut = prefix.find_last_of(".[");
    if (cut == std::string::npos) return file;
    prefix.resize(cut);
  }
}

result<toml_document> parse_toml_document(std::string_view text, std::string file) {
  toml_document document;
  document.file = std::move(file);
  try {
    const auto table = toml::parse(text, std::string_view(document.file));
    document.root = converter(document.lines).convert(table, "");
  } catch (const toml::parse_error& e) {
    return fail("{}:{}:{}: {}", document.file, e.source().begin.line, e.source().begin.column, e.description());
  }
  return document;
}

result<toml_document> load_toml_document(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail("cannot read {}: {}", file, std::strerror(errno));
  std::ostringstream text;
  text << in.rdbuf();
  return parse_toml_document(text.str(), file);
}

result<value> parse_toml(std::string_view text, std::string_view name) {
  auto document = parse_toml_document(text, std::string(name));
  if (!document) return document.why();
  return std::move(document->root);
}

std::string write_toml(const value& table, bool pretty) {
  const auto* members = table.as_object();
  if (!members) return {};
  const auto node = make_table(*members);
  std::ostringstream out;
  if (pretty) {
    out << toml::toml_formatter{node};
  } else {
    out << toml::toml_formatter{node, toml::format_flags::terse_key_value_pairs};
  }
  out << '\n';
  return out.str();
}

}  // namespace godwit::config
