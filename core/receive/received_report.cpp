#include "receive/received_report.hpp"

#include "log/log.hpp"
#include "receive/records.hpp"

namespace godwit::receive {

std::optional<received_report> received_report::find(const mail::message& m) {
  const auto type = m.first_header("Content-Type");
  if (!type || !mime::is_report_type(*type)) return std::nullopt;
  const auto report = mime::parse_report(m.content.join());
  if (!report) return std::nullopt;
  const auto unreadable = [&m](const error& why) -> std::optional<received_report> {
    log::info("receive", "message {} from <{}> claims to be a report but is none: {}", m.id.simple(), m.sender.email(), why.text);
    return std::nullopt;
  };
  if (mail::is_delivery_report(*report)) {
    auto parsed = mail::parse_delivery_report(*report);
    return parsed ? received_report(std::move(*parsed)) : unreadable(parsed.why());
  }
  if (mail::is_feedback_report(*report)) {
    auto parsed = mail::parse_feedback_report(*report);
    return parsed ? received_report(std::move(*parsed)) : unreadable(parsed.why());
  }
  return std::nullopt;
}

smtp::report_handling received_report::handling(const smtp::listener_domain& domain) const {
  return std::holds_alternative<mail::delivery_report>(content_) ? domain.log_oob : domain.log_arf;
}

std::vector<mail::log_record> received_report::records(const mail::message& m, const mail::connection_context& context,
                                                       const mail::address& to) const {
  if (const auto* feedback = std::get_if<mail::feedback_report>(&content_)) return {feedback_record(m, context, *feedback)};
  const auto& report = std::get<mail::delivery_report>(content_);
  std::vector<mail::log_record> all;
  for (const auto& recipient : report.recipients) {
    if (recipient.action == "failed") all.push_back(oob_record(m, context, report.reporting_mta.name, recipient, to));
  }
  return all;
}

}  // namespace godwit::receive
