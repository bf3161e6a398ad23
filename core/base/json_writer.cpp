// The writing half of json.hpp: on the hot path (spool records, log lines), so no value tree of a library
// and no stream is involved.
#include "base/json.hpp"

#include <array>
#include <cmath>

#include "base/text.hpp"

namespace godwit::json {
namespace {

enum byte_kind : std::uint8_t { plain, escaped, multibyte };

constexpr std::array<std::uint8_t, 256> byte_kinds = [] {
  std::array<std::uint8_t, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c)
    table[c] = c >= 0x80 ? multibyte : c < 0x20 || c == '"' || c == '\\' ? escaped : plain;
  return table;
}();

void put(fmt::memory_buffer& out, std::string_view text) {
  out.append(text.data(), text.data() + text.size());
}

void put_escape(fmt::memory_buffer& out, char c) {
  switch (c) {
    case '"':
      return put(out, "\\\"");
    case '\\':
      return put(out, "\\\\");
    case '\b':
      return put(out, "\\b");
    case '\f':
      return put(out, "\\f");
    case '\n':
      return put(out, "\\n");
    case '\r':
      return put(out, "\\r");
    case '\t':
      return put(out, "\\t");
    default:
      fmt::format_to(fmt::appender(out), "\\u{:04x}", static_cast<unsigned>(c));
  }
}

void put_number(fmt::memory_buffer& out, double n) {
  if (!std::isfinite(n)) return put(out, "null");  // JSON has no such numbers
  const auto start = out.size();
  fmt::format_to(fmt::appender(out), "{}", n);
  const std::string_view written(out.data() + start, out.size() - start);
  if (written.find_first_of(".e") == written.npos) put(out, ".0");  // reads back as a number, not an integer
}

/// One writer for both layouts; `indent` < 0 is the compact one.
class writer {
 public:
  writer(fmt::memory_buffer& out, int indent) : out_(out), indent_(indent) {}

  void write(const value& v) {
    switch (v.type()) {
      case value::kind::null:
        return put(out_, "null");
      case value::kind::boolean:
        return put(out_, *v.as_bool() ? "true" : "false");
      case value::kind::integer:
        fmt::format_to(fmt::appender(out_), FMT_STRING("{}"), *v.as_integer());
        return;
      case value::kind::number:
        return put_number(out_, *v.as_number());
      case value::kind::string:
        return append_string(out_, *v.as_string());
      case value::kind::array:
        return write_array(*v.as_array());
      case value::kind::object:
        return write_object(*v.as_object());
    }
  }

 private:
  void write_array(const value::array& items) {
    if (items.empty()) return put(out_, "[]");
    open('[');
    bool first = true;
    for (const auto& item : items) {
      next(first);
      write(item);
    }
    close(']');
  }

  void write_object(const object& members) {
    if (members.empty()) return put(out_, "{}");
    open('{');
    bool first = true;
    for (const auto& [key, member] : members) {
      next(first);
      append_string(out_, key);
      put(out_, indent_ < 0 ? ":" : ": ");
      write(member);
    }
    close('}');
  }

  void open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
  }
  void next(bool& first) {
    if (!first) out_.push_back(',');
    first = false;
    new_line();
  }
  void close(char bracket) {
    --depth_;
    new_line();
    out_.push_back(bracket);
  }
  void new_line() {
    if (indent_ < 0) return;
    out_.push_back('\n');
    for (int i = 0; i < depth_ * indent_; ++i) out_.push_back(' ');
  }

  fmt::memory_buffer& out_;
  int indent_;
  int depth_ = 0;
};

std::string write_with(const value& v, int indent) {
  fmt::memory_buffer out;
  writer(out, indent).write(v);
  return fmt::to_string(out);
}

}  // namespace

void append_string(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  std::size_t start = 0, at = 0;
  const auto flush = [&] { put(out, text.substr(start, at - start)); };
  while (at < text.size()) {
    const auto kind = byte_kinds[static_cast<unsigned char>(text[at])];
    if (kind == plain) {
      ++at;
      continue;
    }
    const std::size_t length = kind == multibyte ? utf8_sequence_length(text.substr(at)) : 0;
    if (length > 0) {
      at += length;
      continue;
    }
    flush();
    if (kind == escaped)
      put_escape(out, text[at]);
    else
      put(out, "\xEF\xBF\xBD");
    start = ++at;
  }
  flush();
  out.push_back('"');
}

void append(fmt::memory_buffer& out, const value& v) { writer(out, -1).write(v); }
std::string write(const value& v) { return write_with(v, -1); }
std::string write_pretty(const value& v) { return write_with(v, 2); }

}  // namespace godwit::json
