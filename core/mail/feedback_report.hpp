#pragma once
// Abuse feedback reports, ARF (RFC 5965, RFC 6591): what a mailbox provider tells of a recipient's complaint.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mail/report_fields.hpp"
#include "mime/report.hpp"

namespace godwit::mail {

/// Names of members are those of the record's feedback_report (KumoMTA: reports), `original_rcpto_to` included.
struct feedback_report {
  std::string feedback_type, user_agent, version;
  std::optional<wall_time> arrival_date;
  std::optional<std::int64_t> incidents;
  std::optional<std::string> original_envelope_id, original_mail_from;
  std::optional<typed_name> reporting_mta;
  std::optional<std::string> source_ip;
  std::vector<std::string> authentication_results, original_rcpto_to, reported_domain, reported_uri;
  object extensions;
  std::optional<std::string> original_message;  ///< or its header fields alone
  std::optional<object> supplemental_trace;     ///< of the original message's trace header

  value to_value() const;
};

bool is_feedback_report(const mime::report& r);
/// The error says which part or field is missing.
result<feedback_report> parse_feedback_report(const mime::report& r);

}  // namespace godwit::mail
