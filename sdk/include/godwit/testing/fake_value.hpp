#pragma once
// Values of the fake host.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <godwit/abi.h>

/// One value; the handle is its address.
struct godwit_value {
  int32_t kind = GODWIT_NULL;
  std::int64_t integer = 0;  ///< booleans too
  double number = 0;
  std::string text;
  std::vector<std::unique_ptr<godwit_value>> items;  ///< elements, or values of members
  std::vector<std::string> keys;

  godwit_value() = default;
  godwit_value(const godwit_value& other) { *this = other; }
  godwit_value& operator=(const godwit_value& other) {
    if (this == &other) return *this;
    kind = other.kind;
    integer = other.integer;
    number = other.number;
    text = other.text;
    keys = other.keys;
    items.clear();
    for (const auto& item : other.items) items.push_back(std::make_unique<godwit_value>(*item));
    return *this;
  }

  void become(int32_t k) {
    *this = godwit_value();
    kind = k;
  }
  const godwit_value* find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] == key) return items[i].get();
    return nullptr;
  }
  godwit_value& member(std::string_view key) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i] == key) return *items[i];
    keys.emplace_back(key);
    return *items.emplace_back(std::make_unique<godwit_value>());
  }
};

namespace godwit::sdk::testing {

inline void write_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
      continue;
    }
    char escaped[8];
    std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(c));
    out += escaped;
  }
  out += '"';
}

inline void write_json(std::string& out, const godwit_value* v) {
  switch (v ? v->kind : GODWIT_NULL) {
    case GODWIT_BOOLEAN:
      out += v->integer ? "true" : "false";
      return;
    case GODWIT_INTEGER:
      out += std::to_string(v->integer);
      return;
    case GODWIT_NUMBER:
      out += std::to_string(v->number);
      return;
    case GODWIT_TEXT:
      write_text(out, v->text);
      return;
    case GODWIT_ARRAY:
    case GODWIT_OBJECT:
      break;
    default:
      out += "null";
      return;
  }
  const bool is_object = v->kind == GODWIT_OBJECT;
  out += is_object ? '{' : '[';
  for (std::size_t i = 0; i < v->items.size(); ++i) {
    if (i > 0) out += ',';
    if (is_object) write_text(out, v->keys[i]);
    if (is_object) out += ':';
    write_json(out, v->items[i].get());
  }
  out += is_object ? '}' : ']';
}

/// Enough JSON for settings in tests. False when the text is none.
class json_reader {
 public:
  explicit json_reader(std::string_view text) : rest_(text) {}
  bool read_document(godwit_value& out) {
    if (!read(out)) return false;
    skip();
    return rest_.empty();
  }

 private:
  void skip() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }
  bool take(std::string_view word) {
    skip();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  bool read(godwit_value& out) {
    skip();
    if (rest_.empty()) return false;
    if (take("{")) return read_members(out, true);
    if (take("[")) return read_members(out, false);
    if (rest_[0] == '"') {
      out.become(GODWIT_TEXT);
      return read_text(out.text);
    }
    if (take("null")) return out.become(GODWIT_NULL), true;
    if (take("true")) return out.become(GODWIT_BOOLEAN), out.integer = 1, true;
    if (take("false")) return out.become(GODWIT_BOOLEAN), true;
    return read_number(out);
  }
  bool read_members(godwit_value& out, bool is_object) {
    const std::string_view end = is_object ? "}" : "]";
    out.become(is_object ? GODWIT_OBJECT : GODWIT_ARRAY);
    if (take(end)) return true;
    do {
      std::string key;
      skip();
      if (is_object && (!read_text(key) || !take(":"))) return false;
      auto& to = is_object ? out.member(key) : *out.items.emplace_back(std::make_unique<godwit_value>());
      if (!read(to)) return false;
    } while (take(","));
    return take(end);
  }
  bool read_text(std::string& out) {
    if (!take("\"")) return false;
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1) {
        rest_.remove_prefix(1);
        out += rest_[0] == 'n' ? '\n' : rest_[0] == 'r' ? '\r' : rest_[0] == 't' ? '\t' : rest_[0];
      } else {
        out += rest_[0];
      }
      rest_.remove_prefix(1);
    }
    return take("\"");
  }
  bool read_number(godwit_value& out) {
    double n = 0;
    const auto [end, failed] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), n);
    if (failed != std::errc{}) return false;
    const auto text = rest_.substr(0, static_cast<std::size_t>(end - rest_.data()));
    const bool is_integer = text.find_first_of(".eE") == std::string_view::npos;
    out.become(is_integer ? GODWIT_INTEGER : GODWIT_NUMBER);
    out.integer = static_cast<std::int64_t>(n);
    out.number = n;
    rest_.remove_prefix(text.size());
    return true;
  }
  std::string_view rest_;
};

}  // namespace godwit::sdk::testing
