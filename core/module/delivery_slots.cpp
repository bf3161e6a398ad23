// Delivery agents: registration, sessions, batches.
#include "log/log.hpp"
#include "mail/queue_name.hpp"
#include "module/delivery_agent.hpp"
#include "module/host_table.hpp"

namespace godwit::module {

namespace {

std::optional<std::string> optional(godwit_str s) {
  return s.data != nullptr ? std::optional(std::string(view(s))) : std::nullopt;
}

godwit_status delivery_agent_add(godwit_instance* self, const godwit_delivery_agent* a) {
  if (self->phase != phase::configured) return GODWIT_WRONG_PHASE;
  if (a->size < sizeof(godwit_delivery_agent)) return GODWIT_INVALID;
  const auto declared = declare_delivery_agent(self->shared_from_this(), *a);
  if (declared) return GODWIT_OK;
  self->failure = declared.why().text;
  log::error("module", "{}: {}", self->id.name, declared.why().text);
  return GODWIT_INVALID;
}

const godwit_value* session_settings(const godwit_session* s) { return to_handle(&s->settings); }

godwit_str session_text(const godwit_session* s, godwit_str key) {
  const auto name = view(key);
  if (name == "ready_queue") return str(s->ready_queue);
  if (name == "site") return str(s->site);
  if (name == "routing_domain") return str(s->routing_domain);
  return name == "source" ? str(s->source) : str("");
}

void session_context_set(godwit_session* s, void* context) { s->context = context; }
void* session_context(const godwit_session* s) { return s->context; }

void session_opened(godwit_session* s, const godwit_outcome* failure) {
  s->opened(failure != nullptr ? std::optional(outcome_from(*failure)) : std::nullopt);
}

void session_trace_set(godwit_session* s, const godwit_delivery_trace* given) {
  if (given->size < sizeof(godwit_delivery_trace)) return;
  queue::delivery_trace t;
  if (given->peer_name.data != nullptr || given->peer_address.data != nullptr)
    t.peer = mail::peer{std::string(view(given->peer_name)), std::string(view(given->peer_address))};
  if (given->source_address != nullptr) t.source_address = *from_handle(given->source_address);
  t.tls_cipher = optional(given->tls_cipher);
  t.tls_protocol_version = optional(given->tls_protocol_version);
  t.session_id = optional(given->session_id);
  s->set_trace(std::move(t));
}

godwit_session* session_of(godwit_delivery* d) { return d->batch->session().get(); }
uint64_t count(const godwit_delivery* d) { return d->batch->size(); }

godwit_message* message(godwit_delivery* d, uint64_t index) {
  const auto* m = d->batch->copy(index);
  return m != nullptr ? to_handle(m) : nullptr;
}

godwit_status settle(godwit_delivery* d, uint64_t index, int64_t recipient, const godwit_outcome* o) {
  return d->batch->settle(index, recipient, outcome_from(*o));
}

void release(godwit_delivery* d) {
  const std::unique_ptr<godwit_delivery> mine(d);
  mine->batch->fail_rest(
      fmt::format("module {} gave the message back without an outcome", mine->batch->session()->agent->owner->id.name));
}

godwit_status message_queue(const godwit_message* h, godwit_value* out) {
  const auto* m = from_handle(h);
  if (m == nullptr) return GODWIT_GONE;
  const auto name = mail::queue_name_of(*m);
  const auto parts = mail::queue_name::parse(name);
  object members{{"name", name}, {"domain", parts.domain}};
  if (parts.campaign) members.set("campaign", *parts.campaign);
  if (parts.tenant) members.set("tenant", *parts.tenant);
  if (parts.routing_domain) members.set("routing_domain", *parts.routing_domain);
  *from_handle(out) = std::move(members);
  return GODWIT_OK;
}

}  // namespace

void fill_delivery_slots(godwit_host& h) {
  h.delivery_agent_add = delivery_agent_add;
  h.session_settings_borrow = session_settings;
  h.session_text_borrow = session_text;
  h.session_context_set = session_context_set;
  h.session_context_get = session_context;
  h.session_opened = session_opened;
  h.session_trace_set = session_trace_set;
  h.delivery_session_borrow = session_of;
  h.delivery_count = count;
  h.delivery_message_borrow = message;
  h.delivery_settle = settle;
  h.delivery_release = release;
  h.message_queue_get = message_queue;
}

}  // namespace godwit::module
