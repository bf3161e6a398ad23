#include "receive/records.hpp"

#include "mail/queue_name.hpp"

namespace godwit::receive {

namespace {

std::string text_of(const object& meta, std::string_view key) {
  const auto* v = meta.find(key);
  const auto* text = v ? v->as_string() : nullptr;
  return text ? *text : std::string();
}

std::optional<std::string> optional_text(const object& meta, std::string_view key) {
  auto text = text_of(meta, key);
  if (text.empty()) return std::nullopt;
  return text;
}

void add_connection(mail::log_record& r, const mail::connection_context& context) {
  r.peer_address = mail::peer{text_of(context.meta, "ehlo_domain"), context.peer.address.text()};
  r.reception_protocol = text_of(context.meta, "reception_protocol");
  r.tls_cipher = optional_text(context.meta, "tls_cipher");
  r.tls_protocol_version = optional_text(context.meta, "tls_protocol_version");
  r.session_id = context.session_id.hyphenated();
  r.peer_endpoint = context.peer.text();
  r.local_endpoint = context.local.text();
  if (const auto* names = context.meta.find("tls_peer_subject_name"); names && names->as_array()) {
    for (const auto& name : *names->as_array()) {
      if (const auto* text = name.as_string()) r.tls_peer_subject_name.push_back(*text);
    }
  }
}

void add_message(mail::log_record& r, const mail::message& m) {
  r.id = m.id.simple();
  r.sender = m.sender.email();
  for (const auto& recipient : m.recipients) r.recipients.push_back(recipient.email());
  r.queue = mail::queue_name_of(m);
  r.size = m.content.size();
  r.created = m.created();
  r.num_attempts = m.attempts;
}

}  // namespace

mail::log_record reception_record(const mail::message& m, const mail::connection_context& context,
                                  const mail::response& reply) {
  mail::log_record r;
  r.type = mail::record_type::reception;
  r.timestamp = std::chrono::system_clock::now();
  add_message(r, m);
  add_connection(r, context);
  r.response = reply;
  return r;
}

mail::log_record rejection_record(const mail::connection_context& context, const mail::response& reply,
                                  const mail::address* sender, const mail::address* recipient) {
  mail::log_record r;
  r.type = mail::record_type::rejection;
  r.timestamp = r.created = std::chrono::system_clock::now();
  add_connection(r, context);
  if (sender) r.sender = sender->email();
  if (recipient) r.recipients.push_back(recipient->email());
  r.response = reply;
  return r;
}

mail::log_record oob_record(const mail::message& m, const mail::connection_context& context, const std::string& reporting_mta,
                            const mail::delivery_report::recipient& failed, const mail::address& to) {
  mail::log_record r;
  r.type = mail::record_type::oob;
  add_message(r, m);
  add_connection(r, context);
  r.timestamp = failed.last_attempt_date.value_or(std::chrono::system_clock::now());
  r.sender = to.email();
  r.recipients = {failed.original_recipient.value_or(failed.final_recipient).name};
  r.peer_address->name = reporting_mta;
  r.response = failed.reply();
  return r;
}

mail::log_record feedback_record(const mail::message& m, const mail::connection_context& context,
                                 const mail::feedback_report& report) {
  mail::log_record r;
  r.type = mail::record_type::feedback;
  r.timestamp = std::chrono::system_clock::now();
  add_message(r, m);
  add_connection(r, context);
  r.response.code = 200;
  r.feedback_report = report.to_value();
  return r;
}

mail::log_record unwound_record(const mail::message& m, const std::string& why) {
  mail::log_record r;
  r.type = mail::record_type::bounce;
  r.timestamp = std::chrono::system_clock::now();
  add_message(r, m);
  r.response.code = 500;
  r.response.content = "KumoMTA internal: QueueManager::insert failed during reception: " + why;
  return r;
}

}  // namespace godwit::receive
