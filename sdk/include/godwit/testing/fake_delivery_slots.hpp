#pragma once
// Delivery agents, spool kinds, sessions and batches, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <algorithm>

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline void fill_sessions(godwit_host& h) {
  h.delivery_agent_add = [](godwit_instance* i, const godwit_delivery_agent* a) {
    i->host->agents[owned(a->protocol)] = *a;
    return godwit_status{GODWIT_OK};
  };
  h.spool_kind_add = [](godwit_instance* i, const godwit_spool_kind* k) {
    i->host->spool_kinds[owned(k->name)] = *k;
    return godwit_status{GODWIT_OK};
  };
  h.session_settings_borrow = [](const godwit_session* s) -> const godwit_value* { return &s->settings; };
  h.session_text_borrow = [](const godwit_session* s, godwit_str key) {
    const auto name = text_of(key);
    return str(name == "ready_queue"      ? s->ready_queue
               : name == "site"           ? s->site
               : name == "routing_domain" ? s->routing_domain
                                          : s->source);
  };
  h.session_context_set = [](godwit_session* s, void* context) { s->context = context; };
  h.session_context_get = [](const godwit_session* s) { return s->context; };
  h.session_opened = [](godwit_session* s, const godwit_outcome* failure) {
    s->is_opened = failure == nullptr;
    if (failure != nullptr) s->failure = keep_outcome(-1, *failure);
  };
  h.session_trace_set = [](godwit_session* s, const godwit_delivery_trace* t) {
    s->peer_name = owned(t->peer_name);
    s->peer_address = owned(t->peer_address);
  };
}

inline void fill_deliveries(godwit_host& h) {
  h.delivery_session_borrow = [](godwit_delivery* d) { return d->session; };
  h.delivery_count = [](const godwit_delivery* d) -> std::uint64_t { return d->messages.size(); };
  h.delivery_message_borrow = [](godwit_delivery* d, std::uint64_t i) {
    return i < d->messages.size() ? d->messages[i] : nullptr;
  };
  h.delivery_settle = [](godwit_delivery* d, std::uint64_t i, std::int64_t recipient, const godwit_outcome* o) {
    if (i >= d->messages.size()) return godwit_status{GODWIT_INVALID};
    auto& all = (*d->outcomes)[i];
    const auto is_taken = [&](const fake_outcome& other) { return other.recipient < 0 || other.recipient == recipient; };
    const bool is_complete = all.size() >= std::max<std::size_t>(d->messages[i]->recipients.size(), 1);
    if (is_complete || std::any_of(all.begin(), all.end(), is_taken)) return godwit_status{GODWIT_INVALID};
    all.push_back(keep_outcome(recipient, *o));
    return godwit_status{GODWIT_OK};
  };
  h.delivery_release = [](godwit_delivery* d) { delete d; };
  h.message_queue_get = [](const godwit_message* m, godwit_value* out) {
    out->become(GODWIT_OBJECT);
    const auto set = [&](std::string_view key, std::string text) {
      auto& member = out->member(key);
      member.become(GODWIT_TEXT);
      member.text = std::move(text);
    };
    const auto& to = m->recipients.front();
    set("domain", to.substr(to.rfind('@') + 1));
    set("name", to.substr(to.rfind('@') + 1));
    for (const auto* key : {"campaign", "tenant", "routing_domain"})
      if (const auto* v = m->meta.find(key)) set(key, v->text);
    return godwit_status{GODWIT_OK};
  };
}

}  // namespace godwit::sdk::testing::slots
