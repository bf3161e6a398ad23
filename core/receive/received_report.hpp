#pragma once
// A delivery status or feedback report that arrived as mail, and the records it gives (KumoMTA: reports).

#include <optional>
#include <variant>
#include <vector>

#include "mail/connection_context.hpp"
#include "mail/delivery_report.hpp"
#include "mail/feedback_report.hpp"
#include "mail/log_record.hpp"
#include "smtp/listener_domain.hpp"

namespace godwit::receive {

class received_report {
 public:
  /// Nothing for all other mail. A report that cannot be read is other mail, too; the diagnostic log says why. The body
  /// is in memory; it is only looked at when the message claims to be a report.
  static std::optional<received_report> find(const mail::message& m);

  /// log_oob or log_arf, whichever is meant.
  smtp::report_handling handling(const smtp::listener_domain& domain) const;
  /// One Feedback record, or an OOB record for each recipient that failed (KumoMTA: reports). `to` is the
  /// envelope recipient whose domain takes reports.
  std::vector<mail::log_record> records(const mail::message& m, const mail::connection_context& context,
                                        const mail::address& to) const;

 private:
  using content = std::variant<mail::delivery_report, mail::feedback_report>;
  explicit received_report(content c) : content_(std::move(c)) {}

  content content_;
};

}  // namespace godwit::receive
