// Message methods that read it as a report.
#include "lua_api/declarations.hpp"
#include "lua_api/message_data.hpp"
#include "lua_api/types.hpp"
#include "mail/delivery_report.hpp"
#include "mail/feedback_report.hpp"

namespace godwit::lua_api {

namespace {

using mail::message;

/// nil when the message is no report of that kind; a malformed one raises.
template <class Report>
value read_report(const message& m, bool (*is_kind)(const mime::report&), result<Report> (*parse)(const mime::report&)) {
  const auto report = mime::parse_report(m.content.join());
  if (!report || !is_kind(*report)) return {};
  const auto parsed = parse(*report);
  if (!parsed) throw std::runtime_error(parsed.why().text);
  return parsed->to_value();
}

}  // namespace

void declare_reports(lua::module& kumo, services& s) {
  auto type = kumo.extend<message>();
  type.method("parse_rfc3464", {}, "The delivery status report it is: per_message and per_recipient; nil when it is none.",
              [&s](mail::message_ref m) {
                return with_data(s, m, [](message& x) {
                  return read_report(x, mail::is_delivery_report, mail::parse_delivery_report);
                });
              })
      .method("parse_rfc5965", {}, "The feedback report it is, as in Feedback records; nil when it is none.",
              [&s](mail::message_ref m) {
                return with_data(s, m, [](message& x) {
                  return read_report(x, mail::is_feedback_report, mail::parse_feedback_report);
                });
              });
}

}  // namespace godwit::lua_api
