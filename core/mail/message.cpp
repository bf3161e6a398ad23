#include "mail/message.hpp"

#include "base/internal_error.hpp"
#include "base/text.hpp"
#include "mime/header.hpp"
#include "mime/line_scan.hpp"

namespace godwit::mail {
namespace {

/// `text` without the fields of that name; `out` stays empty when there are none.
bool remove_fields(std::string_view text, std::string_view name, std::string& out) {
  std::size_t kept = 0;
  for (const auto& field : mime::header_fields(text)) {
    if (!field.is(name)) continue;
    if (out.empty()) out.reserve(text.size());
    out.append(text.substr(kept, field.begin - kept));
    kept = field.end;
  }
  if (kept == 0) return false;
  out.append(text.substr(kept));
  return true;
}

std::string_view base_bytes(const content& c) {
  return c.base ? std::string_view(c.base->bytes) : std::string_view();
}

/// Calls `found` for each field in order until it returns false: first those in front, then the body's.
template <class Found>
void each_field(const content& c, Found found) {
  for (const std::string_view part : {std::string_view(c.prefix), base_bytes(c)})
    for (const auto& field : mime::header_fields(part))
      if (!found(field)) return;
}

void own_body(message& m, std::string bytes) {
  m.content.base = make_body(std::move(bytes));
  // shared_body_id stays: the spool compares it with the new body's id, gives the old body back and renews
  // the record.
  m.data_dirty = true;
}

void require_body(const message& m) {
  if (!m.content.is_loaded()) on_internal_error("header edit of a message whose body is not in memory");
}

}  // namespace

body_ref make_body(std::string bytes, const uuid& id) {
  const auto scan = mime::scan_lines(bytes);
  auto out = std::make_shared<body>();
  out->bytes = std::move(bytes);
  out->id = id;
  out->is_8bit = scan.is_8bit;
  out->needs_stuffing = scan.needs_stuffing;
  return out;
}

std::string content::join() const {
  std::string out;
  out.reserve(size());
  out += prefix;
  out += base_bytes(*this);
  return out;
}

bool content::is_8bit() const { return (base && base->is_8bit) || !is_ascii(prefix); }

std::string_view message::get_meta_string(std::string_view key) const {
  const value* v = meta.find(key);
  const std::string* s = v ? v->as_string() : nullptr;
  return s ? std::string_view(*s) : std::string_view();
}

void message::set_meta(std::string_view key, value v) {
  if (const value* now = meta.find(key); now && *now == v) return;  // spares writing the record again
  meta.set(key, std::move(v));
  meta_dirty = true;
}

void message::prepend_header(std::string_view name, std::string_view value) {
  content.prefix.insert(0, mime::make_field(name, value));
  data_dirty = true;
}

void message::append_header(std::string_view name, std::string_view value) {
  require_body(*this);
  const std::string_view old = content.base->bytes;
  const std::size_t at = mime::find_header_end(old).fields_end;
  const std::string field = mime::make_field(name, value);
  std::string bytes;
  bytes.reserve(old.size() + field.size() + 2);
  bytes += old.substr(0, at);
  // A header block cut short (no line end at its end) must not swallow the new field.
  if (at > 0 && old[at - 1] != '\n') bytes += "\r\n";
  bytes += field;
  bytes += old.substr(at);
  own_body(*this, std::move(bytes));
}

void message::remove_all_named_headers(std::string_view name) {
  require_body(*this);
  std::string rest;
  if (remove_fields(content.prefix, name, rest)) {
    content.prefix = std::move(rest);
    data_dirty = true;
  }
  rest.clear();
  if (remove_fields(content.base->bytes, name, rest)) own_body(*this, std::move(rest));
}

std::optional<std::string> message::first_header(std::string_view name) const {
  std::optional<std::string> out;
  each_field(content, [&](const mime::header_field& field) {
    if (field.is(name)) out = mime::unfold(field.value);
    return !out;
  });
  return out;
}

std::vector<std::string> message::all_headers(std::string_view name) const {
  std::vector<std::string> out;
  each_field(content, [&](const mime::header_field& field) {
    if (field.is(name)) out.push_back(mime::unfold(field.value));
    return true;
  });
  return out;
}

void message::set_data(std::string bytes) {
  content.prefix.clear();
  own_body(*this, std::move(bytes));
}

std::string message::header_block() const {
  const auto bytes = base_bytes(content);
  const auto own = bytes.substr(0, mime::find_header_end(bytes).fields_end);
  std::string out;
  out.reserve(content.prefix.size() + own.size());
  return out.append(content.prefix).append(own);
}

}  // namespace godwit::mail
