// Reports: whole messages from strangers, through GMime and our readers of status and feedback fields.
#include <cstdint>
#include <string_view>

#include "base/json.hpp"
#include "base/text.hpp"
#include "mail/delivery_report.hpp"
#include "mail/feedback_report.hpp"
#include "mime/date.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

/// Records and scripts get it as JSON-like text.
void check_value(const value& v) { require(json::parse(json::write(v)).ok()); }

void check_report(const mime::report& r) {
  for (const auto& part : r.parts) require(part.type == to_lower(part.type));
  if (const auto parsed = mail::parse_delivery_report(r)) {
    check_value(parsed->to_value());
    for (const auto& one : parsed->recipients) require(one.reply().code >= 200 && one.reply().code <= 599);
  }
  if (const auto parsed = mail::parse_feedback_report(r)) check_value(parsed->to_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  if (const auto r = mime::parse_report(text)) check_report(*r);
  // The fields alone, so that the fuzzer need not find the way through the container each time.
  check_report({"", {{"message/delivery-status", std::string(text)}, {"message/feedback-report", std::string(text)},
                     {"message/rfc822", std::string(text)}}});
  mime::parse_date(text);
  return 0;
}
