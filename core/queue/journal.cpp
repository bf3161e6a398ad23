#include "queue/journal.hpp"

#include "queue/scheduled_queue.hpp"

namespace godwit::queue {

mail::log_record journal::record(mail::record_type type, const mail::response& r, const mail::message& m) const {
  mail::log_record record;
  record.type = type;
  record.id = m.id.simple();
  record.sender = m.sender.email();
  record.size = m.content.is_loaded() ? m.content.size() : 0;
  record.response = r;
  record.timestamp = std::chrono::system_clock::now();
  record.created = m.created();
  record.num_attempts = m.attempts;
  if (const auto protocol = m.get_meta_string("reception_protocol"); !protocol.empty()) {
    record.reception_protocol = std::string(protocol);
  }
  return record;
}

mail::log_record journal::record(mail::record_type type, const mail::response& r, const queue_entry& e) const {
  auto made = record(type, r, *e.hot);
  made.queue = e.queue->name();
  made.num_attempts = e.attempts;
  if (const auto config = e.queue->config()) {
    made.egress_pool = config->egress_pool;
    made.provider_name = config->provider_name;
  }
  return made;
}

void journal::write(mail::record_type type, const mail::response& r, const queue_entry& e) {
  auto made = record(type, r, e);
  for (const auto& to : e.hot->recipients) made.recipients.push_back(to.email());
  sink_.submit(made, e.hot);
}

void journal::write_attempt(mail::record_type type, const mail::response& r, const queue_entry& e,
                            attempt_way by, const delivery_trace& trace, std::optional<std::size_t> recipient) {
  auto made = record(type, r, e);
  for (std::size_t i = 0; i < e.hot->recipients.size(); ++i) {
    if (!recipient || *recipient == i) made.recipients.push_back(e.hot->recipients[i].email());
  }
  made.site = by.queue.name();
  made.egress_source = by.queue.source_name();
  made.peer_address = trace.peer;
  made.source_address = trace.source_address;
  made.tls_cipher = trace.tls_cipher;
  made.tls_protocol_version = trace.tls_protocol_version;
  made.tls_peer_subject_name = trace.tls_peer_subject_name;
  made.delivery_protocol = trace.delivery_protocol;
  made.session_id = trace.session_id;
  if (by.path.config.provider_name) made.provider_name = by.path.config.provider_name;
  sink_.submit(made, e.hot);
}

void journal::write_unqueued(mail::record_type type, const mail::response& r, const mail::message_ref& m) {
  auto made = record(type, r, *m);
  for (const auto& to : m->recipients) made.recipients.push_back(to.email());
  sink_.submit(made, m);
}

}  // namespace godwit::queue
