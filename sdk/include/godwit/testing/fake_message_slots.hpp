#pragma once
// Envelope, metadata and content of messages, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <cstring>

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_envelope(godwit_host& h) {
  h.message_retain = [](godwit_message* m) { return new godwit_message(*m); };
  h.message_snapshot = [](godwit_message* m) { return new godwit_message(*m); };
  h.message_release = [](godwit_message* m) { delete m; };
  h.message_id_get = [](const godwit_message* m, char out[32]) { std::memcpy(out, m->id.data(), 32); };
  h.message_created = [](const godwit_message* m) { return m->created_ns; };
  h.message_attempts = [](const godwit_message* m) { return m->attempts; };
  h.message_sender_borrow = [](const godwit_message* m) { return str(m->sender); };
  h.message_recipient_count = [](const godwit_message* m) -> std::uint64_t { return m->recipients.size(); };
  h.message_recipient_borrow = [](const godwit_message* m, std::uint64_t i) {
    return i < m->recipients.size() ? str(m->recipients[i]) : str("");
  };
  h.message_sender_set = [](godwit_message* m, godwit_str s) {
    return m->sender = owned(s), godwit_status{GODWIT_OK};
  };
  h.message_meta_borrow = [](const godwit_message* m, godwit_str key) { return m->meta.find(text_of(key)); };
  h.message_meta_count = [](const godwit_message* m) -> std::uint64_t { return m->meta.items.size(); };
  h.message_meta_at_borrow = [](const godwit_message* m, std::uint64_t i, godwit_str* key,
                                const godwit_value** v) {
    if (i >= m->meta.items.size()) return godwit_status{GODWIT_NOT_FOUND};
    *key = str(m->meta.keys[i]);
    *v = m->meta.items[i].get();
    return godwit_status{GODWIT_OK};
  };
  h.message_meta_set = [](godwit_message* m, godwit_str key, const godwit_value* v) {
    m->meta.member(text_of(key)) = v ? godwit_value(*v) : godwit_value();
    return godwit_status{GODWIT_OK};
  };
}

inline void fill_data(godwit_host& h) {
  h.message_size = [](const godwit_message* m) -> std::uint64_t {
    return m->is_loaded ? m->prefix.size() + m->data.size() : 0;
  };
  h.message_data_borrow = [](const godwit_message* m, godwit_str* pieces, std::uint64_t capacity,
                             std::uint64_t* count) {
    *count = 0;
    if (!m->is_loaded) return godwit_status{GODWIT_NOT_LOADED};
    for (const auto* part : {&m->prefix, &m->data})
      if (!part->empty() && *count < capacity) pieces[(*count)++] = str(*part);
    return godwit_status{GODWIT_OK};
  };
  h.message_data_set = [](godwit_message* m, godwit_str bytes) {
    m->data = owned(bytes);
    m->prefix.clear();
    return godwit_status{GODWIT_OK};
  };
  h.message_headers_each = [](const godwit_message* m, godwit_header_callback visit, void* context) {
    if (!m->is_loaded) return godwit_status{GODWIT_NOT_LOADED};
    for (const auto* part : {&m->prefix, &m->data})
      each_field(*part,
                 [&](std::string_view name, std::string_view raw) { visit(context, str(name), str(raw)); });
    return godwit_status{GODWIT_OK};
  };
  h.message_header_prepend = [](godwit_message* m, godwit_str name, godwit_str v) {
    m->prefix = owned(name) + ": " + owned(v) + "\r\n" + m->prefix;
    return godwit_status{GODWIT_OK};
  };
  h.message_header_append = [](godwit_message* m, godwit_str name, godwit_str v) {
    m->data.insert(m->data.find("\r\n\r\n") + 2, owned(name) + ": " + owned(v) + "\r\n");
    return godwit_status{GODWIT_OK};
  };
  h.message_header_remove = [](godwit_message* m, godwit_str name) {
    std::string kept_fields;
    const auto all = m->bytes();
    each_field(all, [&](std::string_view n, std::string_view raw) {
      if (!same_name(n, text_of(name))) kept_fields.append(n).append(":").append(raw).append("\r\n");
    });
    const auto end = all.find("\r\n\r\n");
    m->data = kept_fields + (end == std::string::npos ? "\r\n" : all.substr(end + 2));
    m->prefix.clear();
    return godwit_status{GODWIT_OK};
  };
  h.header_decode = [](godwit_str raw, godwit_value* out) {
    auto text = unfolded(text_of(raw));
    out->become(GODWIT_TEXT);
    out->text = std::move(text);
  };
}

}  // namespace godwit::sdk::testing::slots
