// Reading and building values.
#include "base/json.hpp"
#include "module/handshake.hpp"
#include "module/host_table.hpp"

namespace godwit::module {

namespace {

int32_t kind(const godwit_value* h) { return h ? static_cast<int32_t>(from_handle(h)->type()) : GODWIT_NULL; }

int32_t boolean(const godwit_value* h) {
  const auto* b = h ? from_handle(h)->as_bool() : nullptr;
  return b != nullptr && *b;
}

int64_t integer(const godwit_value* h) {
  if (!h) return 0;
  if (const auto* n = from_handle(h)->as_integer()) return *n;
  const auto* d = from_handle(h)->as_number();
  const bool fits = d != nullptr && *d > -9.2e18 && *d < 9.2e18;
  return fits ? static_cast<int64_t>(*d) : 0;
}

double number(const godwit_value* h) {
  double n = 0;
  if (h) from_handle(h)->to_number(n);
  return n;
}

godwit_str text(const godwit_value* h) {
  const auto* s = h ? from_handle(h)->as_string() : nullptr;
  return s ? str(*s) : str("");
}

uint64_t count(const godwit_value* h) {
  if (!h) return 0;
  if (const auto* a = from_handle(h)->as_array()) return a->size();
  const auto* o = from_handle(h)->as_object();
  return o ? o->size() : 0;
}

const godwit_value* element(const godwit_value* h, uint64_t index) {
  if (index >= count(h)) return nullptr;
  if (const auto* a = from_handle(h)->as_array()) return to_handle(&(*a)[index]);
  return to_handle(&(from_handle(h)->as_object()->begin() + static_cast<std::ptrdiff_t>(index))->second);
}

godwit_str key(const godwit_value* h, uint64_t index) {
  const auto* o = h ? from_handle(h)->as_object() : nullptr;
  return o && index < o->size() ? str((o->begin() + static_cast<std::ptrdiff_t>(index))->first) : str("");
}

const godwit_value* member(const godwit_value* h, godwit_str name) {
  return h ? to_handle(from_handle(h)->find(view(name))) : nullptr;
}

godwit_value* make() { return to_handle(new value()); }
godwit_value* copy(const godwit_value* h) { return to_handle(h ? new value(*from_handle(h)) : new value()); }
void release(godwit_value* h) { delete from_handle(h); }

void set_null(godwit_value* h) { *from_handle(h) = value(); }
void set_boolean(godwit_value* h, int32_t v) { *from_handle(h) = v != 0; }
void set_integer(godwit_value* h, int64_t v) { *from_handle(h) = v; }
void set_number(godwit_value* h, double v) { *from_handle(h) = v; }
void set_text(godwit_value* h, godwit_str v) { *from_handle(h) = view(v); }
void set_array(godwit_value* h) { *from_handle(h) = value::array(); }
void set_object(godwit_value* h) { *from_handle(h) = object(); }
void assign(godwit_value* h, const godwit_value* from) {
  *from_handle(h) = from ? value(*from_handle(from)) : value();
}

godwit_value* element_add(godwit_value* h) {
  auto* a = h ? from_handle(h)->as_array() : nullptr;
  return a ? to_handle(&a->emplace_back()) : nullptr;
}

godwit_value* member_add(godwit_value* h, godwit_str name) {
  auto* o = h ? from_handle(h)->as_object() : nullptr;
  if (!o) return nullptr;
  o->set(view(name), value());
  return to_handle(o->find(view(name)));
}

void write_json(const godwit_value* h, void (*write)(void*, godwit_str), void* context) {
  fmt::memory_buffer out;
  json::append(out, h ? *from_handle(h) : value());
  write(context, {out.data(), out.size()});
}

godwit_status parse_json(godwit_value* out, godwit_str source) {
  auto parsed = json::parse(view(source));
  if (parsed)
    *from_handle(out) = std::move(*parsed);
  else
    *from_handle(out) = parsed.why().text;
  return parsed ? GODWIT_OK : GODWIT_INVALID;
}

static_assert(static_cast<int>(value::kind::object) == GODWIT_OBJECT &&
              static_cast<int>(value::kind::string) == GODWIT_TEXT);

}  // namespace

void fill_value_slots(godwit_host& h) {
  h.value_kind = kind;
  h.value_boolean = boolean;
  h.value_integer = integer;
  h.value_number = number;
  h.value_text_borrow = text;
  h.value_count = count;
  h.value_element_borrow = element;
  h.value_key_borrow = key;
  h.value_member_borrow = member;
  h.value_new = make;
  h.value_copy = copy;
  h.value_free = release;
  h.value_set_null = set_null;
  h.value_set_boolean = set_boolean;
  h.value_set_integer = set_integer;
  h.value_set_number = set_number;
  h.value_set_text = set_text;
  h.value_set_array = set_array;
  h.value_set_object = set_object;
  h.value_assign = assign;
  h.value_element_add = element_add;
  h.value_member_add = member_add;
  h.value_write_json = write_json;
  h.value_parse_json = parse_json;
}

}  // namespace godwit::module
