#pragma once
// multipart/report (RFC 6522), the container of delivery status and feedback reports. GMime reads content types and
// undoes transfer encodings.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::mime {

struct report_part {
  std::string type;     ///< "message/delivery-status", lower case
  std::string content;  ///< decoded; not taken apart any further
};

struct report {
  std::string kind;  ///< the parameter report-type, lower case: "delivery-status", "feedback-report"
  std::vector<report_part> parts;

  /// The first part of the first type that there is; null when there is none.
  const report_part* find(std::initializer_list<std::string_view> types) const;
  /// The message the report is about, or its header fields alone.
  std::optional<std::string> original_message() const;
};

/// Whether a Content-Type value says multipart/report: the cheap question, asked of every message.
bool is_report_type(std::string_view content_type);

/// Nothing when `message` is no multipart/report with a report-type. Cost is linear in the message; any thread.
std::optional<report> parse_report(std::string_view message);

}  // namespace godwit::mime
