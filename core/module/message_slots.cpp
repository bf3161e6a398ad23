// Messages: envelope, metadata, data, header fields.
#include <cstring>

#include "mime/encoded_word.hpp"
#include "mime/header.hpp"
#include "module/handshake.hpp"
#include "module/host_table.hpp"

namespace godwit::module {

mail::message_ref copy_of(const mail::message& m) {
  auto copy = std::make_shared<mail::message>(m.id, m.sender, m.recipients);
  copy->meta = m.meta;
  copy->schedule = m.schedule;
  copy->content = m.content;
  copy->attempts = m.attempts;
  copy->due = m.due;
  return copy;
}

namespace {

godwit_message* retain(godwit_message* h) {
  return from_handle(h) ? to_handle(new mail::message_ref(reference(h))) : nullptr;
}

godwit_message* snapshot(godwit_message* h) {
  const auto* m = from_handle(h);
  return m ? to_handle(new mail::message_ref(copy_of(*m))) : nullptr;
}

void release(godwit_message* h) { delete reinterpret_cast<mail::message_ref*>(h); }

void id(const godwit_message* h, char out[32]) {
  const auto* m = from_handle(h);
  const auto text = m ? m->id.simple() : std::string(32, '0');
  std::memcpy(out, text.data(), 32);
}

int64_t created(const godwit_message* h) {
  const auto* m = from_handle(h);
  if (!m) return 0;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(m->created().time_since_epoch()).count();
}

uint32_t attempts(const godwit_message* h) {
  const auto* m = from_handle(h);
  return m ? m->attempts : 0;
}

godwit_str sender(const godwit_message* h) {
  const auto* m = from_handle(h);
  return m ? str(m->sender.email()) : str("");
}

uint64_t recipient_count(const godwit_message* h) {
  const auto* m = from_handle(h);
  return m ? m->recipients.size() : 0;
}

godwit_str recipient(const godwit_message* h, uint64_t index) {
  const auto* m = from_handle(h);
  return m && index < m->recipients.size() ? str(m->recipients[index].email()) : str("");
}

godwit_status sender_set(godwit_message* h, godwit_str text) {
  auto* m = from_handle(h);
  if (!m) return GODWIT_GONE;
  auto address = mail::address::parse(view(text));
  if (!address) return GODWIT_INVALID;
  m->sender = std::move(*address);
  m->meta_dirty = true;
  return GODWIT_OK;
}

const godwit_value* meta(const godwit_message* h, godwit_str key) {
  const auto* m = from_handle(h);
  return m ? to_handle(m->get_meta(view(key))) : nullptr;
}

uint64_t meta_count(const godwit_message* h) {
  const auto* m = from_handle(h);
  return m ? m->meta.size() : 0;
}

godwit_status meta_at(const godwit_message* h, uint64_t index, godwit_str* key, const godwit_value** v) {
  const auto* m = from_handle(h);
  if (!m) return GODWIT_GONE;
  if (index >= m->meta.size()) return GODWIT_NOT_FOUND;
  const auto at = m->meta.begin() + static_cast<std::ptrdiff_t>(index);
  *key = str(at->first);
  *v = to_handle(&at->second);
  return GODWIT_OK;
}

godwit_status meta_set(godwit_message* h, godwit_str key, const godwit_value* v) {
  auto* m = from_handle(h);
  if (!m) return GODWIT_GONE;
  m->set_meta(view(key), v ? *from_handle(v) : value());
  return GODWIT_OK;
}

uint64_t size(const godwit_message* h) {
  const auto* m = from_handle(h);
  return m && m->content.is_loaded() ? m->content.size() : 0;
}

/// GODWIT_OK when the data can be read.
godwit_status loaded(const mail::message* m) {
  if (!m) return GODWIT_GONE;
  return m->content.is_loaded() ? GODWIT_OK : GODWIT_NOT_LOADED;
}

godwit_status data(const godwit_message* h, godwit_str* pieces, uint64_t capacity, uint64_t* count) {
  const auto* m = from_handle(h);
  *count = 0;
  if (const auto status = loaded(m); status != GODWIT_OK) return status;
  const std::string_view parts[] = {m->content.prefix, m->content.base->bytes};
  for (const auto part : parts) {
    if (part.empty()) continue;
    if (*count == capacity) return GODWIT_INVALID;
    pieces[(*count)++] = str(part);
  }
  return GODWIT_OK;
}

godwit_status data_set(godwit_message* h, godwit_str bytes) {
  auto* m = from_handle(h);
  if (!m) return GODWIT_GONE;
  m->set_data(std::string(view(bytes)));
  return GODWIT_OK;
}

godwit_status headers_each(const godwit_message* h, godwit_header_callback visit, void* context) {
  const auto* m = from_handle(h);
  if (const auto status = loaded(m); status != GODWIT_OK) return status;
  for (const std::string_view part :
       {std::string_view(m->content.prefix), std::string_view(m->content.base->bytes)})
    for (const auto& field : mime::header_fields(part))
      if (!field.name.empty()) visit(context, str(field.name), str(field.value));
  return GODWIT_OK;
}

template <class Edit>
godwit_status edit(godwit_message* h, Edit change) {
  auto* m = from_handle(h);
  if (const auto status = loaded(m); status != GODWIT_OK) return status;
  change(*m);
  return GODWIT_OK;
}

godwit_status header_prepend(godwit_message* h, godwit_str name, godwit_str v) {
  return edit(h, [&](mail::message& m) { m.prepend_header(view(name), view(v)); });
}
godwit_status header_append(godwit_message* h, godwit_str name, godwit_str v) {
  return edit(h, [&](mail::message& m) { m.append_header(view(name), view(v)); });
}
godwit_status header_remove(godwit_message* h, godwit_str name) {
  return edit(h, [&](mail::message& m) { m.remove_all_named_headers(view(name)); });
}

void header_decode(godwit_str raw, godwit_value* out) { *from_handle(out) = mime::decode_value(view(raw)); }

void fill_header_slots(godwit_host& h) {
  h.message_headers_each = headers_each;
  h.message_header_prepend = header_prepend;
  h.message_header_append = header_append;
  h.message_header_remove = header_remove;
  h.header_decode = header_decode;
}

}  // namespace

void fill_message_slots(godwit_host& h) {
  h.message_retain = retain;
  h.message_snapshot = snapshot;
  h.message_release = release;
  h.message_id_get = id;
  h.message_created = created;
  h.message_attempts = attempts;
  h.message_sender_borrow = sender;
  h.message_recipient_count = recipient_count;
  h.message_recipient_borrow = recipient;
  h.message_sender_set = sender_set;
  h.message_meta_borrow = meta;
  h.message_meta_count = meta_count;
  h.message_meta_at_borrow = meta_at;
  h.message_meta_set = meta_set;
  h.message_size = size;
  h.message_data_borrow = data;
  h.message_data_set = data_set;
  fill_header_slots(h);
}

}  // namespace godwit::module
