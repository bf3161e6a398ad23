#pragma once
// Delivery status reports (RFC 3464, RFC 6533): what a mail system tells of messages that it could not deliver.

#include <optional>
#include <string>
#include <vector>

#include "mail/report_fields.hpp"
#include "mail/response.hpp"
#include "mime/report.hpp"

namespace godwit::mail {

/// Names of members are those of KumoMTA's msg:parse_rfc3464().
struct delivery_report {
  struct recipient {
    std::optional<typed_name> original_recipient;
    typed_name final_recipient;
    std::string action;  ///< lower case: failed, delayed, delivered, relayed, expanded
    enhanced_code status;
    std::optional<typed_name> remote_mta, diagnostic_code;
    std::optional<wall_time> last_attempt_date, will_retry_until;
    std::optional<std::string> final_log_id;
    object extensions;

    /// The reply of the other side: from an smtp diagnostic `CODE TEXT`, else 550; the enhanced code is Status
    /// (KumoMTA: reports).
    response reply() const;
  };

  std::optional<std::string> original_envelope_id;
  typed_name reporting_mta;
  std::optional<typed_name> dsn_gateway, received_from_mta;
  std::optional<wall_time> arrival_date;
  object extensions;
  std::vector<recipient> recipients;
  std::optional<std::string> original_message;  ///< or its header fields alone

  value to_value() const;
};

bool is_delivery_report(const mime::report& r);
/// The error says which part or field is missing or wrong.
result<delivery_report> parse_delivery_report(const mime::report& r);

}  // namespace godwit::mail
