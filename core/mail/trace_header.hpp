#pragma once
// The supplemental trace header: what a later bounce or complaint needs to find this message again, carried
// in the message itself (KumoMTA: SMTP server, reports).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/message.hpp"

namespace godwit::mail {

/// start_esmtp_listener.trace_headers.
struct trace_options {
  bool received_header = true;
  bool supplemental_header = true;
  std::string header_name = "X-KumoRef";
  std::vector<std::string> include_meta_names;
};

/// Base64 of {"_@_":"\\_/","recipient":…} plus the named metadata, folded at 75 columns with CRLF TAB. The
/// first line leaves room for the name that message::prepend_header puts before it.
std::string trace_header_value(const message& m, const trace_options& options);

/// The object inside such a value without its marker; nothing when the value is something else.
std::optional<object> parse_trace_header(std::string_view value);

}  // namespace godwit::mail
