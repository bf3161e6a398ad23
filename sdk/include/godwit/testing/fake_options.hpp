#pragma once
// The fake host's reading of option tables: strict about names, required options, types and choices, as the
// server is; its texts are shorter.

#include <cctype>
#include <cstring>
#include <string>
#include <string_view>

#include <godwit/testing/fake_text.hpp>
#include <godwit/testing/fake_value.hpp>

namespace godwit::sdk::testing {

/// "5m", "1h 30m", "500ms", "2s", "10" in nanoseconds; -1 when it is none.
inline std::int64_t duration_ns(std::string_view text) {
  double total = 0;
  while (!text.empty()) {
    double n = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failed != std::errc{}) return -1;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::size_t letters = 0;
    while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters]))) ++letters;
    const auto unit = text.substr(0, letters);
    total += n * (unit == "ms"  ? 1e6
                  : unit == "m" ? 60e9
                  : unit == "h" ? 3600e9
                  : unit == "d" ? 86400e9
                                : 1e9);
    text.remove_prefix(letters);
    while (text.starts_with(' ')) text.remove_prefix(1);
  }
  return static_cast<std::int64_t>(total);
}

/// "1000", "64MiB", "20 MB" in bytes; -1 when it is none.
inline std::int64_t size_bytes(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc{}) return -1;
  auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty() || unit == "B") return n;
  const auto power = std::string_view("KMGT").find(unit.front());
  if (power == std::string_view::npos || (unit.substr(1) != "iB" && unit.substr(1) != "B")) return -1;
  for (std::size_t i = 0; i <= power; ++i) n *= unit.size() == 3 ? 1024 : 1000;
  return n;
}

class option_reader {
 public:
  std::string problems;

  void read_table(const godwit_option_table& table, const godwit_value* in, godwit_value& out) {
    godwit_value made;
    made.become(GODWIT_OBJECT);
    for (std::size_t i = 0; in != nullptr && i < in->keys.size(); ++i)
      if (!knows(table, in->keys[i])) complain(text_of(table.name), "unknown key \"" + in->keys[i] + "\"");
    each(table, [&](const godwit_option& o) {
      const auto* given = in ? in->find(text_of(o.name)) : nullptr;
      const bool is_absent = given == nullptr || given->kind == GODWIT_NULL;
      if (is_absent && (o.flags & GODWIT_OPTION_REQUIRED) != 0) complain(text_of(o.name), "is required");
      const auto fallback = fallback_of(o);
      const auto& source = is_absent ? fallback : *given;
      auto& to = made.member(text_of(o.name));
      if (source.kind != GODWIT_NULL) read_option(o, source, to);
    });
    out = made;
  }

 private:
  template <class F>
  static void each(const godwit_option_table& table, F f) {
    const auto* at = reinterpret_cast<const char*>(table.options);
    for (std::uint64_t i = 0; i < table.count; ++i, at += table.option_size)
      f(*reinterpret_cast<const godwit_option*>(at));
  }
  static bool knows(const godwit_option_table& table, std::string_view key) {
    bool found = false;
    each(table, [&](const godwit_option& o) { found = found || text_of(o.name) == key; });
    return found;
  }
  static godwit_value fallback_of(const godwit_option& o) {
    godwit_value v;
    if (o.fallback.size == 0) return v;
    const bool is_plain = o.type == GODWIT_OPTION_TEXT || o.type == GODWIT_OPTION_CHOICE ||
                          o.type == GODWIT_OPTION_DURATION || o.type == GODWIT_OPTION_SIZE;
    if (is_plain || !json_reader(text_of(o.fallback)).read_document(v)) {
      v.become(GODWIT_TEXT);
      v.text = text_of(o.fallback);
    }
    return v;
  }
  void complain(std::string_view where, std::string_view why) {
    if (!problems.empty()) problems += "; ";
    problems.append(where).append(": ").append(why);
  }
  void expect(const godwit_option& o, const godwit_value& v, int32_t kind, godwit_value& out) {
    if (v.kind == kind)
      out = v;
    else
      complain(text_of(o.name), "wrong type");
  }
  void read_integer(const godwit_option& o, const godwit_value& v, godwit_value& out) {
    std::int64_t n = v.integer;
    if (v.kind == GODWIT_TEXT && o.type == GODWIT_OPTION_DURATION)
      n = duration_ns(v.text);
    else if (v.kind == GODWIT_TEXT && o.type == GODWIT_OPTION_SIZE)
      n = size_bytes(v.text);
    else if (v.kind == GODWIT_TEXT)
      std::from_chars(v.text.data(), v.text.data() + v.text.size(), n);
    else if (o.type == GODWIT_OPTION_DURATION)
      n = static_cast<std::int64_t>((v.kind == GODWIT_NUMBER ? v.number : static_cast<double>(v.integer)) *
                                    1e9);
    if (v.kind != GODWIT_INTEGER && v.kind != GODWIT_NUMBER && v.kind != GODWIT_TEXT)
      return complain(text_of(o.name), "wrong type");
    const bool is_bounded = o.minimum != 0 || o.maximum != 0;
    if (is_bounded && (n < o.minimum || n > o.maximum)) return complain(text_of(o.name), "out of range");
    out.become(GODWIT_INTEGER);
    out.integer = n;
  }
  void read_choice(const godwit_option& o, const godwit_value& v, godwit_value& out) {
    for (std::uint64_t i = 0; i < o.choice_count; ++i) {
      const auto choice = text_of(o.choices[i]);
      bool is_same = choice.size() == v.text.size();
      for (std::size_t c = 0; is_same && c < choice.size(); ++c)
        is_same = std::tolower(static_cast<unsigned char>(choice[c])) ==
                  std::tolower(static_cast<unsigned char>(v.text[c]));
      if (!is_same) continue;
      out.become(GODWIT_TEXT);
      out.text = choice;
      return;
    }
    complain(text_of(o.name), "is not one of its choices");
  }
  void read_nested(const godwit_option& o, const godwit_value& v, godwit_value& out) {
    out.become(o.type == GODWIT_OPTION_TABLE_LIST ? GODWIT_ARRAY : GODWIT_OBJECT);
    if (v.items.empty()) return;
    if (v.kind != out.kind) return complain(text_of(o.name), "wrong type");
    for (std::size_t i = 0; i < v.items.size(); ++i) {
      auto& to = out.kind == GODWIT_OBJECT ? out.member(v.keys[i])
                                           : *out.items.emplace_back(std::make_unique<godwit_value>());
      read_table(*o.table, v.items[i].get(), to);
    }
  }
  void read_option(const godwit_option& o, const godwit_value& v, godwit_value& out) {
    switch (o.type) {
      case GODWIT_OPTION_BOOLEAN:
        return expect(o, v, GODWIT_BOOLEAN, out);
      case GODWIT_OPTION_TEXT:
        return expect(o, v, GODWIT_TEXT, out);
      case GODWIT_OPTION_TEXT_MAP:
        return expect(o, v, GODWIT_OBJECT, out);
      case GODWIT_OPTION_TEXT_LIST:
        return v.items.empty() ? out.become(GODWIT_ARRAY) : expect(o, v, GODWIT_ARRAY, out);
      case GODWIT_OPTION_INTEGER:
      case GODWIT_OPTION_DURATION:
      case GODWIT_OPTION_SIZE:
        return read_integer(o, v, out);
      case GODWIT_OPTION_CHOICE:
        return read_choice(o, v, out);
      case GODWIT_OPTION_TABLE:
        return read_table(*o.table, &v, out);
      case GODWIT_OPTION_TABLE_LIST:
      case GODWIT_OPTION_TABLE_MAP:
        return read_nested(o, v, out);
      default:
        out = v;
    }
  }
};

}  // namespace godwit::sdk::testing
