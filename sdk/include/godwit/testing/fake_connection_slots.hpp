#pragma once
// Connections and log records, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <cstring>

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_connections_and_records(godwit_host& h) {
  const auto text = [](godwit_value* out, const std::string& s) {
    out->become(GODWIT_TEXT);
    out->text = s;
    return godwit_status{GODWIT_OK};
  };
  static const auto put = text;
  h.connection_meta_borrow = [](const godwit_connection* c, godwit_str key) {
    return c->meta.find(text_of(key));
  };
  h.connection_meta_set = [](godwit_connection* c, godwit_str key, const godwit_value* v) {
    c->meta.member(text_of(key)) = v ? godwit_value(*v) : godwit_value();
    return godwit_status{GODWIT_OK};
  };
  h.connection_peer_get = [](const godwit_connection* c, godwit_value* out) { return put(out, c->peer); };
  h.connection_local_get = [](const godwit_connection* c, godwit_value* out) { return put(out, c->local); };
  h.connection_session_get = [](const godwit_connection* c, char out[32]) {
    std::memcpy(out, c->session.data(), 32);
    return godwit_status{GODWIT_OK};
  };
  h.record_fields_borrow = [](const godwit_record* r) { return &r->fields; };
  h.record_recipient_borrow = [](const godwit_record* r, std::uint64_t i) {
    return i < r->recipients.size() ? str(r->recipients[i]) : godwit_str{};
  };
  h.record_tls_peer_subject_borrow = [](const godwit_record* r, std::uint64_t i) {
    return i < r->tls_peer_subjects.size() ? str(r->tls_peer_subjects[i]) : godwit_str{};
  };
}

}  // namespace godwit::sdk::testing::slots
