#include "binding.hpp"

#include <string>

namespace sqlite {

namespace sdk = godwit::sdk;
using sdk::value_view;

namespace {

/// Bytes that follow the first byte of a UTF-8 sequence; -1 when no sequence begins with it.
int continuation_count(unsigned char first) {
  if (first < 0x80) return 0;
  if (first >= 0xC2 && first < 0xE0) return 1;
  if (first >= 0xE0 && first < 0xF0) return 2;
  if (first >= 0xF0 && first < 0xF5) return 3;
  return -1;
}

/// RFC 3629 section 4: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_allowed_second(unsigned char first, unsigned char second) {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second < 0xA0;
  if (first == 0xF0) return second >= 0x90;
  if (first == 0xF4) return second < 0x90;
  return true;
}

int bind_text(sqlite3_stmt* s, int index, std::string_view text) {
  return is_utf8(text) ? sqlite3_bind_text64(s, index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8)
                       : sqlite3_bind_blob64(s, index, text.data(), text.size(), SQLITE_STATIC);
}

void bind_one(sqlite3_stmt* s, int index, const std::string& name, value_view v) {
  int status = SQLITE_OK;
  switch (v.kind()) {
    case GODWIT_NULL:
      status = sqlite3_bind_null(s, index);
      break;
    case GODWIT_BOOLEAN:
      status = sqlite3_bind_int(s, index, v.boolean());
      break;
    case GODWIT_INTEGER:
      status = sqlite3_bind_int64(s, index, v.integer());
      break;
    case GODWIT_NUMBER:
      status = sqlite3_bind_double(s, index, v.number());
      break;
    case GODWIT_TEXT:
      status = bind_text(s, index, v.text());
      break;
    default:
      throw sdk::failure("parameter " + name +
                         " is a table: only numbers, strings, booleans and nil can be parameters");
  }
  if (status != SQLITE_OK) throw sdk::failure("parameter " + name + ": " + sqlite3_errstr(status));
}

void bind_positions(sqlite3_stmt* s, value_view list) {
  const auto places = static_cast<std::size_t>(sqlite3_bind_parameter_count(s));
  if (list.size() > places)
    throw sdk::failure(std::to_string(list.size()) + " parameters are given, the statement has " +
                       std::to_string(places));
  for (std::size_t i = 0; i < list.size(); ++i)
    bind_one(s, static_cast<int>(i + 1), std::to_string(i + 1), list[i]);
}

/// A name without its prefix matches ":name", "@name" and "$name".
int find_parameter(sqlite3_stmt* s, std::string_view name) {
  for (const char prefix : {':', '@', '$'})
    if (const int index = sqlite3_bind_parameter_index(s, (prefix + std::string(name)).c_str())) return index;
  return 0;
}

void bind_names(sqlite3_stmt* s, value_view members) {
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string name(members.key(i));
    const int index = find_parameter(s, name);
    if (index == 0) throw sdk::failure("the statement has no parameter :" + name);
    bind_one(s, index, ":" + name, members[i]);
  }
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    const int more = continuation_count(first);
    if (more < 0 || i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0) != 0x80 || (k == 1 && !is_allowed_second(first, next))) return false;
    }
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

void bind(sqlite3_stmt* s, value_view parameters) {
  if (parameters.size() != 1) return bind_positions(s, parameters);
  const auto sole = parameters[std::size_t{0}];
  if (sole.is_object()) return bind_names(s, sole);
  bind_positions(s, sole.is_array() ? sole : parameters);
}

}  // namespace sqlite
