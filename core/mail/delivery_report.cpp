#include "mail/delivery_report.hpp"

#include <charconv>

#include "base/text.hpp"

namespace godwit::mail {

namespace {

using recipient = delivery_report::recipient;

/// "5.1.1", perhaps with a comment behind it.
result<enhanced_code> parse_status(std::string_view text) {
  const auto klass = text.empty() ? 0 : text.front() - '0';
  const auto parsed = response::parse(klass * 100, text);
  if (!parsed.enhanced) return fail("Status is '{}', not three numbers like 5.1.1", one_line(text));
  return *parsed.enhanced;
}

result<recipient> read_recipient(report_fields fields) {
  recipient out;
  out.original_recipient = fields.take_typed("Original-Recipient");
  const auto final_recipient = fields.require("Final-Recipient");
  if (!final_recipient) return final_recipient.why();
  out.final_recipient = typed_name::parse(*final_recipient);
  const auto action = fields.require("Action");
  if (!action) return action.why();
  out.action = to_lower(*action);
  const auto status = fields.require("Status");
  if (!status) return status.why();
  const auto code = parse_status(*status);
  if (!code) return code.why();
  out.status = *code;
  out.remote_mta = fields.take_typed("Remote-MTA");
  out.diagnostic_code = fields.take_typed("Diagnostic-Code");
  out.last_attempt_date = fields.take_date("Last-Attempt-Date");
  out.will_retry_until = fields.take_date("Will-Retry-Until");
  out.final_log_id = fields.take("Final-Log-ID");
  out.extensions = fields.extensions();
  return out;
}

result<void> read_message_fields(delivery_report& out, report_fields fields) {
  const auto mta = fields.require("Reporting-MTA");
  if (!mta) return mta.why();
  out.reporting_mta = typed_name::parse(*mta);
  out.original_envelope_id = fields.take("Original-Envelope-Id");
  out.dsn_gateway = fields.take_typed("DSN-Gateway");
  out.received_from_mta = fields.take_typed("Received-From-MTA");
  out.arrival_date = fields.take_date("Arrival-Date");
  out.extensions = fields.extensions();
  return {};
}

value named(const typed_name& n, const char* type, const char* name) {
  return object{{type, text_or_bytes(n.type)}, {name, text_or_bytes(n.name)}};
}

value named(const std::optional<typed_name>& n, const char* type, const char* name) {
  return n ? named(*n, type, name) : value{};
}

value recipient_value(const recipient& r) {
  return object{
      {"original_recipient", named(r.original_recipient, "recipient_type", "recipient")},
      {"final_recipient", named(r.final_recipient, "recipient_type", "recipient")},
      {"action", text_or_bytes(r.action)},
      {"status", object{{"class", int{r.status.klass}}, {"subject", int{r.status.subject}}, {"detail", int{r.status.detail}}}},
      {"remote_mta", named(r.remote_mta, "mta_type", "name")},
      {"diagnostic_code", named(r.diagnostic_code, "diagnostic_type", "diagnostic")},
      {"last_attempt_date", to_value(r.last_attempt_date)},
      {"final_log_id", to_value(r.final_log_id)},
      {"will_retry_until", to_value(r.will_retry_until)},
      {"extensions", r.extensions},
  };
}

}  // namespace

response recipient::reply() const {
  response out;
  out.code = 550;
  out.enhanced = status;
  if (!diagnostic_code) return out;
  out.content = diagnostic_code->name;
  int code = 0;
  const auto* const end = out.content.data() + out.content.size();
  const auto [next, error] = std::from_chars(out.content.data(), end, code);
  const bool is_whole = next == end || *next == ' ' || *next == '-';
  if (diagnostic_code->type != "smtp" || error != std::errc() || code < 200 || code > 599 || !is_whole) return out;
  out.code = code;
  out.content = response::parse(code, next == end ? std::string_view() : std::string_view(next + 1, end)).content;
  return out;
}

bool is_delivery_report(const mime::report& r) { return r.kind == "delivery-status"; }

result<delivery_report> parse_delivery_report(const mime::report& r) {
  const auto* status = r.find({"message/delivery-status", "message/global-delivery-status"});
  if (!status) return error{"the report has no part message/delivery-status"};
  auto groups = read_field_groups(status->content);
  if (groups.size() < 2) return error{"the delivery status names no recipient"};
  delivery_report out;
  if (const auto read = read_message_fields(out, std::move(groups.front())); !read) return read.why();
  for (std::size_t i = 1; i < groups.size(); ++i) {
    auto one = read_recipient(std::move(groups[i]));
    if (!one) return fail("recipient {} of the delivery status: {}", i, one.why().text);
    out.recipients.push_back(std::move(*one));
  }
  out.original_message = r.original_message();
  return out;
}

value delivery_report::to_value() const {
  value::array all;
  for (const auto& one : recipients) all.push_back(recipient_value(one));
  object per_message{
      {"original_envelope_id", mail::to_value(original_envelope_id)},
      {"reporting_mta", named(reporting_mta, "mta_type", "name")},
      {"dsn_gateway", named(dsn_gateway, "mta_type", "name")},
      {"received_from_mta", named(received_from_mta, "mta_type", "name")},
      {"arrival_date", mail::to_value(arrival_date)},
      {"extensions", extensions},
  };
  return object{{"per_message", std::move(per_message)},
                {"per_recipient", std::move(all)},
                {"original_message", mail::to_value(original_message)}};
}

}  // namespace godwit::mail
