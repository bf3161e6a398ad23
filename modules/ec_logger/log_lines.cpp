#include "log_lines.hpp"

#include <algorithm>

#include "bounce_class.hpp"
#include "field_text.hpp"
#include "stage.hpp"

namespace ec_logger {

using godwit::sdk::record_view;
using godwit::sdk::same_name;
using godwit::sdk::to_view;

namespace {

std::string_view known_or(godwit_str text, std::string_view otherwise) {
  return text.size > 0 ? to_view(text) : otherwise;
}

/// Momentum calls what has no group or binding of its own "default".
std::string_view pool_or_default(godwit_str text) {
  const auto name = known_or(text, "default");
  return name == "unspecified" ? "default" : name;
}

void put_groups(std::string& out, const record_view& r) {
  put_field(out, pool_or_default(r->egress_pool));
  put_field(out, pool_or_default(r->egress_source));
}

/// time, id, batch, connection, type: how every '@' line begins.
void put_head(std::string& out, const record_view& r, const logger_settings& s, char type) {
  put_time(out, r->timestamp_ns, s.hires_timestamp);
  put_field(out, known_or(r->id, unknown_id));
  put_field(out, unknown_id);
  put_field(out, known_or(r->session_id, unknown_id));
  out += '@';
  out += type;
}

void put_address(std::string& out, std::string_view address) {
  const auto parts = split_address(address);
  put_field(out, parts.local);
  put_field(out, parts.domain);
}

/// "550 5.1.1 no such user".
std::string reply_text(const record_view& r, bool with_code) {
  std::string text = with_code ? std::to_string(r->response_code) + ' ' : std::string();
  if (r->enhanced_class > 0)
    text += std::to_string(r->enhanced_class) + '.' + std::to_string(r->enhanced_subject) + '.' +
            std::to_string(r->enhanced_detail) + ' ';
  return text.append(to_view(r->response_content));
}

std::int64_t seconds_since_reception(const record_view& r) {
  return std::max<std::int64_t>(0, (r->timestamp_ns - r->created_ns) / 1'000'000'000);
}

std::string_view protocol_of(const record_view& r) {
  if (r->type == GODWIT_RECORD_XFER_IN) return "xfer";
  const auto name = to_view(r->reception_protocol);
  if (name.empty() || same_name(name, "LogRecord")) return "internal";
  return name.starts_with("HTTP") || name.starts_with("http") ? "rest" : "esmtp";
}

void put_reception(std::string& out, const record_view& r, const logger_settings& s, std::string_view recipient) {
  put_head(out, r, s, 'R');
  put_address(out, recipient);
  put_address(out, to_view(r->sender));
  put_field(out, protocol_of(r) == "rest" ? "unknown" : known_or(r->peer_address, "unknown"));
  put_field(out, static_cast<std::int64_t>(r->message_size));
  put_field(out, protocol_of(r));
  put_groups(out, r);
}

void put_delivery(std::string& out, const record_view& r, const logger_settings& s, std::string_view recipient) {
  put_head(out, r, s, r->type == GODWIT_RECORD_XFER_OUT ? 'X' : 'D');
  put_field(out, split_address(recipient).domain);
  put_field(out, static_cast<std::int64_t>(r->message_size));
  put_groups(out, r);
  put_field(out, r->num_attempts);
  put_field(out, seconds_since_reception(r));
  put_field(out, to_view(r->peer_address));
}

void put_failure(std::string& out, const record_view& r, const logger_settings& s, std::string_view recipient) {
  const auto at = stage_of(*r.operator->());
  put_head(out, r, s, r->type == GODWIT_RECORD_TRANSIENT_FAILURE ? 'T' : 'P');
  put_field(out, split_address(recipient).domain);
  put_field(out, has_sent_body(at) ? static_cast<std::int64_t>(r->message_size) : 0);
  put_groups(out, r);
  put_field(out, static_cast<std::int64_t>(at));
  put_field(out, r->num_attempts);
  put_field(out, seconds_since_reception(r));
  put_field(out, to_view(r->peer_address));
  put_field(out, reply_text(r, true));
}

void put_bounced(std::string& out, const record_view& r, const logger_settings& s, std::string_view recipient) {
  const bool is_transient = r->type == GODWIT_RECORD_TRANSIENT_FAILURE;
  put_head(out, r, s, is_transient ? 'T' : 'B');
  put_address(out, recipient);
  put_address(out, to_view(r->sender));
  put_groups(out, r);
  put_field(out, static_cast<std::int64_t>(stage_of(*r.operator->())));
  put_field(out, bounce_code(to_view(r->bounce_classification), is_transient));
  put_field(out, static_cast<std::int64_t>(r->message_size));
  put_field(out, to_view(r->peer_address));
  put_field(out, reply_text(r, true));
}

using put_line = void (*)(std::string&, const record_view&, const logger_settings&, std::string_view);

/// What a record is in the mainlog; null: nothing.
put_line main_line(std::int32_t type, const logger_settings& s) {
  switch (type) {
    case GODWIT_RECORD_RECEPTION:
    case GODWIT_RECORD_XFER_IN:
      return s.receptions ? put_reception : nullptr;
    case GODWIT_RECORD_DELIVERY:
    case GODWIT_RECORD_XFER_OUT:
      return s.deliveries ? put_delivery : nullptr;
    case GODWIT_RECORD_TRANSIENT_FAILURE:
      return s.transient_failures ? put_failure : nullptr;
    case GODWIT_RECORD_BOUNCE:
    case GODWIT_RECORD_EXPIRATION:
    case GODWIT_RECORD_ADMIN_BOUNCE:
      return s.permanent_failures ? put_failure : nullptr;
    default:
      return nullptr;
  }
}

put_line bounce_line(std::int32_t type, const logger_settings& s) {
  switch (type) {
    case GODWIT_RECORD_BOUNCE:
    case GODWIT_RECORD_EXPIRATION:
    case GODWIT_RECORD_ADMIN_BOUNCE:
      return s.inband_bounces ? put_bounced : nullptr;
    case GODWIT_RECORD_OOB:
      return s.outofband_bounces ? put_bounced : nullptr;
    case GODWIT_RECORD_TRANSIENT_FAILURE:
      return s.bounced_transient_failures ? put_bounced : nullptr;
    default:
      return nullptr;
  }
}

std::size_t put_each(std::string& out, const record_view& r, const logger_settings& s, put_line put) {
  if (put == nullptr) return 0;
  for (std::size_t i = 0; i < r->recipient_count; ++i) {
    put(out, r, s, r.recipient(i));
    out += '\n';
  }
  return r->recipient_count;
}

void put_quoted(std::string& out, std::string_view name, std::string_view text) {
  out.append(name).append("=\"");
  put_quotable(out, text);
  out += '"';
}

void put_member(std::string& out, std::string_view name, std::string_view text) {
  if (!out.ends_with('[')) out += ',';
  out.append(name).append("=");
  put_quotable(out, text);
}

/// CTXCONN and CTXMESS: what the record knows of connection and message.
void put_context(std::string& out, const record_view& r) {
  out += " CTXCONN=[";
  put_member(out, "ehlo_domain", to_view(r->peer_name));
  if (r->tls_cipher.size > 0) put_member(out, "tls_cipher", to_view(r->tls_cipher));
  out += "] CTXMESS=[";
  const auto sender = split_address(to_view(r->sender));
  put_member(out, "mailfrom_localpart", sender.local);
  put_member(out, "mailfrom_domain", sender.domain);
  if (r->recipient_count > 0) {
    const auto recipient = split_address(r.recipient(0));
    put_member(out, "rcptto_localpart", recipient.local);
    put_member(out, "rcptto_domain", recipient.domain);
  }
  out += ']';
}

}  // namespace

std::size_t put_main(std::string& out, const record_view& r, const logger_settings& s) {
  return put_each(out, r, s, main_line(r->type, s));
}

std::size_t put_bounce(std::string& out, const record_view& r, const logger_settings& s) {
  return put_each(out, r, s, bounce_line(r->type, s));
}

std::size_t put_reject(std::string& out, const record_view& r, const logger_settings& s) {
  if (r->type != GODWIT_RECORD_REJECTION || !s.rejections) return 0;
  put_time(out, r->timestamp_ns, s.hires_timestamp);
  put_quoted(out, ": R", known_or(r->peer_endpoint, to_view(r->peer_address)));
  put_quoted(out, " L", to_view(r->local_endpoint));
  put_quoted(out, " C", known_or(r->session_id, unknown_id));
  put_quoted(out, " PATH", "default");
  put_quoted(out, " PATH_GRP", "default");
  put_quoted(out, " P", phase_of(to_view(r->response_command)));
  out.append(" E=").append(std::to_string(r->response_code)).append(" M=?");
  put_context(out, r);
  out += ' ';
  put_escaped(out, reply_text(r, false));
  out += '\n';
  return 1;
}

void put_heartbeat(std::string& out, log_kind kind, std::int64_t ns, const logger_settings& s) {
  put_time(out, ns, s.hires_timestamp);
  out += kind == log_kind::reject ? ": Marker 1\n" : kind == log_kind::bounce ? "@@@@M1\n" : "@@@@M\n";
}

void put_panic(std::string& out, std::int64_t ns, std::string_view module, std::string_view text, const logger_settings& s) {
  put_time(out, ns, s.hires_timestamp);
  out.append(":").append(module).append(": ");
  put_escaped(out, text);
  out += '\n';
}

}  // namespace ec_logger
