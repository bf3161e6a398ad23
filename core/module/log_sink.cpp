#include "module/log_sink.hpp"

#include "module/host_table.hpp"

namespace godwit::module {

namespace {

godwit_str optional(const std::optional<std::string>& text) { return text ? str(*text) : godwit_str{}; }
const godwit_value* optional(const std::optional<value>& v) { return v ? to_handle(&*v) : nullptr; }

std::int64_t nanoseconds(wall_time t) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

godwit_record_fields fields_of(const mail::log_record& r) {
  godwit_record_fields f{};
  f.size = sizeof(f);
  f.type = static_cast<std::int32_t>(r.type);
  f.num_attempts = r.num_attempts;
  f.type_name = str(mail::record_type_name(r.type));
  f.id = str(r.id);
  f.sender = str(r.sender);
  f.recipient_count = r.recipients.size();
  f.queue = str(r.queue);
  f.site = str(r.site);
  f.message_size = r.size;
  f.response_code = r.response.code;
  if (r.response.enhanced) {
    f.enhanced_class = r.response.enhanced->klass;
    f.enhanced_subject = r.response.enhanced->subject;
    f.enhanced_detail = r.response.enhanced->detail;
  }
  f.response_content = str(r.response.content);
  if (!r.response.command.empty()) f.response_command = str(r.response.command);
  if (r.peer_address) {
    f.peer_name = str(r.peer_address->name);
    f.peer_address = str(r.peer_address->addr);
  }
  f.timestamp_ns = nanoseconds(r.timestamp);
  f.created_ns = nanoseconds(r.created);
  f.bounce_classification = str(r.bounce_classification);
  f.egress_pool = optional(r.egress_pool);
  f.egress_source = optional(r.egress_source);
  f.source_address = optional(r.source_address);
  f.feedback_report = optional(r.feedback_report);
  f.delivery_protocol = optional(r.delivery_protocol);
  f.reception_protocol = optional(r.reception_protocol);
  f.tls_cipher = optional(r.tls_cipher);
  f.tls_protocol_version = optional(r.tls_protocol_version);
  f.tls_peer_subject_count = r.tls_peer_subject_name.size();
  f.provider_name = optional(r.provider_name);
  f.session_id = optional(r.session_id);
  f.peer_endpoint = optional(r.peer_endpoint);
  f.local_endpoint = optional(r.local_endpoint);
  return f;
}

const godwit_record_fields* fields(const godwit_record* r) { return &r->fields; }

godwit_str recipient(const godwit_record* r, std::uint64_t index) {
  return index < r->source.recipients.size() ? str(r->source.recipients[index]) : godwit_str{};
}

godwit_str tls_peer_subject(const godwit_record* r, std::uint64_t index) {
  return index < r->source.tls_peer_subject_name.size() ? str(r->source.tls_peer_subject_name[index])
                                                        : godwit_str{};
}

}  // namespace

void log_sink::submit(const mail::log_record& record, const mail::message_ref& m) {
  const usage use(owner_);
  if (!use) {
    if (is_first_ && owner_->heir) owner_->heir->take(record, m);
    return;
  }
  const godwit_record r(record);
  submit_(context_, &r, m ? to_handle(&m) : nullptr);
}

void fill_record_slots(godwit_host& h) {
  h.record_fields_borrow = fields;
  h.record_recipient_borrow = recipient;
  h.record_tls_peer_subject_borrow = tls_peer_subject;
}

}  // namespace godwit::module

godwit_record::godwit_record(const godwit::mail::log_record& r)
    : source(r), fields(godwit::module::fields_of(r)) {}
