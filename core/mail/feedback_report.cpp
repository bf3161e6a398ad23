#include "mail/feedback_report.hpp"

#include <charconv>

#include "base/text.hpp"
#include "mail/trace_header.hpp"
#include "mime/header.hpp"

namespace godwit::mail {

namespace {

std::optional<std::int64_t> as_count(const std::optional<std::string>& text) {
  std::int64_t count = 0;
  if (!text) return std::nullopt;
  const auto* const end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, count);
  if (read.ec != std::errc() || read.ptr != end || count < 0) return std::nullopt;
  return count;
}

/// Providers rename and reorder header fields: any X- field that decodes will do.
std::optional<object> find_trace(std::string_view message) {
  for (const auto& field : mime::header_fields(message)) {
    if (!istarts_with(field.name, "X-")) continue;
    if (auto trace = parse_trace_header(field.value)) return trace;
  }
  return std::nullopt;
}

}  // namespace

bool is_feedback_report(const mime::report& r) { return r.kind == "feedback-report"; }

result<feedback_report> parse_feedback_report(const mime::report& r) {
  const auto* part = r.find({"message/feedback-report"});
  if (!part) return error{"the report has no part message/feedback-report"};
  report_fields fields(part->content);
  feedback_report out;
  for (auto [name, to] : {std::pair{"Feedback-Type", &out.feedback_type}, std::pair{"User-Agent", &out.user_agent},
                          std::pair{"Version", &out.version}}) {
    auto text = fields.require(name);
    if (!text) return text.why();
    *to = std::move(*text);
  }
  out.arrival_date = fields.take_date("Arrival-Date");
  if (!out.arrival_date) out.arrival_date = fields.take_date("Received-Date");  // its name in early drafts
  out.incidents = as_count(fields.take("Incidents"));
  out.original_envelope_id = fields.take("Original-Envelope-Id");
  out.original_mail_from = fields.take("Original-Mail-From");
  out.reporting_mta = fields.take_typed("Reporting-MTA");
  out.source_ip = fields.take("Source-IP");
  out.authentication_results = fields.take_all("Authentication-Results");
  out.original_rcpto_to = fields.take_all("Original-Rcpt-To");
  out.reported_domain = fields.take_all("Reported-Domain");
  out.reported_uri = fields.take_all("Reported-URI");
  out.extensions = fields.extensions();
  out.original_message = r.original_message();
  if (out.original_message) out.supplemental_trace = find_trace(*out.original_message);
  return out;
}

value feedback_report::to_value() const {
  value mta;
  if (reporting_mta) mta = object{{"mta_type", text_or_bytes(reporting_mta->type)}, {"name", text_or_bytes(reporting_mta->name)}};
  return object{
      {"feedback_type", text_or_bytes(feedback_type)},
      {"user_agent", text_or_bytes(user_agent)},
      {"version", text_or_bytes(version)},
      {"arrival_date", mail::to_value(arrival_date)},
      {"incidents", incidents ? value(*incidents) : value{}},
      {"original_envelope_id", mail::to_value(original_envelope_id)},
      {"original_mail_from", mail::to_value(original_mail_from)},
      {"reporting_mta", std::move(mta)},
      {"source_ip", mail::to_value(source_ip)},
      {"authentication_results", mail::to_value(authentication_results)},
      {"original_rcpto_to", mail::to_value(original_rcpto_to)},
      {"reported_domain", mail::to_value(reported_domain)},
      {"reported_uri", mail::to_value(reported_uri)},
      {"extensions", extensions},
      {"original_message", mail::to_value(original_message)},
      {"supplemental_trace", supplemental_trace ? value(*supplemental_trace) : value{}},
  };
}

}  // namespace godwit::mail
