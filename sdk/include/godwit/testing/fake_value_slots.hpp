#pragma once
// Values, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_value_reads(godwit_host& h) {
  h.value_kind = [](const godwit_value* v) { return v ? v->kind : int32_t{GODWIT_NULL}; };
  h.value_boolean = [](const godwit_value* v) -> int32_t {
    return v && v->kind == GODWIT_BOOLEAN && v->integer;
  };
  h.value_integer = [](const godwit_value* v) -> std::int64_t {
    if (!v) return 0;
    return v->kind == GODWIT_INTEGER  ? v->integer
           : v->kind == GODWIT_NUMBER ? static_cast<std::int64_t>(v->number)
                                      : 0;
  };
  h.value_number = [](const godwit_value* v) {
    if (!v) return 0.0;
    return v->kind == GODWIT_NUMBER    ? v->number
           : v->kind == GODWIT_INTEGER ? static_cast<double>(v->integer)
                                       : 0.0;
  };
  h.value_text_borrow = [](const godwit_value* v) { return v ? str(v->text) : str(""); };
  h.value_count = [](const godwit_value* v) -> std::uint64_t { return v ? v->items.size() : 0; };
  h.value_element_borrow = [](const godwit_value* v, std::uint64_t i) -> const godwit_value* {
    return v && i < v->items.size() ? v->items[i].get() : nullptr;
  };
  h.value_key_borrow = [](const godwit_value* v, std::uint64_t i) {
    return v && i < v->keys.size() ? str(v->keys[i]) : str("");
  };
  h.value_member_borrow = [](const godwit_value* v, godwit_str key) {
    return v ? v->find(text_of(key)) : nullptr;
  };
  h.value_write_json = [](const godwit_value* v, void (*write)(void*, godwit_str), void* context) {
    std::string out;
    write_json(out, v);
    write(context, str(out));
  };
}

inline void fill_value_writes(godwit_host& h) {
  h.value_new = [] { return new godwit_value(); };
  h.value_copy = [](const godwit_value* v) { return v ? new godwit_value(*v) : new godwit_value(); };
  h.value_free = [](godwit_value* v) { delete v; };
  h.value_set_null = [](godwit_value* v) { v->become(GODWIT_NULL); };
  h.value_set_boolean = [](godwit_value* v, int32_t b) { v->become(GODWIT_BOOLEAN), v->integer = b != 0; };
  h.value_set_integer = [](godwit_value* v, std::int64_t n) { v->become(GODWIT_INTEGER), v->integer = n; };
  h.value_set_number = [](godwit_value* v, double n) { v->become(GODWIT_NUMBER), v->number = n; };
  h.value_set_text = [](godwit_value* v, godwit_str s) {
    auto text = owned(s);
    v->become(GODWIT_TEXT);
    v->text = std::move(text);
  };
  h.value_set_array = [](godwit_value* v) { v->become(GODWIT_ARRAY); };
  h.value_set_object = [](godwit_value* v) { v->become(GODWIT_OBJECT); };
  h.value_assign = [](godwit_value* v, const godwit_value* from) {
    *v = from ? godwit_value(*from) : godwit_value();
  };
  h.value_element_add = [](godwit_value* v) -> godwit_value* {
    return v->kind == GODWIT_ARRAY ? v->items.emplace_back(std::make_unique<godwit_value>()).get() : nullptr;
  };
  h.value_member_add = [](godwit_value* v, godwit_str key) -> godwit_value* {
    return v->kind == GODWIT_OBJECT ? &v->member(text_of(key)) : nullptr;
  };
  h.value_parse_json = [](godwit_value* out, godwit_str text) {
    if (json_reader(text_of(text)).read_document(*out)) return godwit_status{GODWIT_OK};
    out->become(GODWIT_TEXT);
    out->text = "not JSON";
    return godwit_status{GODWIT_INVALID};
  };
}

}  // namespace godwit::sdk::testing::slots
