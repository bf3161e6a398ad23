// Inbound connections.
#include <cstring>

#include "module/handshake.hpp"
#include "module/host_table.hpp"

namespace godwit::module {

namespace {

const godwit_value* meta(const godwit_connection* h, godwit_str key) {
  const auto* c = from_handle(h);
  return c ? to_handle(c->meta.find(view(key))) : nullptr;
}

godwit_status meta_set(godwit_connection* h, godwit_str key, const godwit_value* v) {
  auto* c = from_handle(h);
  if (!c) return GODWIT_GONE;
  c->meta.set(view(key), v ? *from_handle(v) : value());
  return GODWIT_OK;
}

godwit_status peer(const godwit_connection* h, godwit_value* out) {
  const auto* c = from_handle(h);
  if (!c) return GODWIT_GONE;
  *from_handle(out) = c->peer.text();
  return GODWIT_OK;
}

godwit_status local(const godwit_connection* h, godwit_value* out) {
  const auto* c = from_handle(h);
  if (!c) return GODWIT_GONE;
  *from_handle(out) = c->local.text();
  return GODWIT_OK;
}

godwit_status session(const godwit_connection* h, char out[32]) {
  const auto* c = from_handle(h);
  if (!c) return GODWIT_GONE;
  std::memcpy(out, c->session_id.simple().data(), 32);
  return GODWIT_OK;
}

}  // namespace

void fill_connection_slots(godwit_host& h) {
  h.connection_meta_borrow = meta;
  h.connection_meta_set = meta_set;
  h.connection_peer_get = peer;
  h.connection_local_get = local;
  h.connection_session_get = session;
}

}  // namespace godwit::module
