// Header blocks: the scanner's extents must tile the block, and edits must never disturb the body.
#include <cstdint>
#include <string_view>

#include "base/text.hpp"
#include "mail/message.hpp"
#include "mail/trace_header.hpp"
#include "mime/encoded_word.hpp"
#include "mime/header.hpp"
#include "mime/line_scan.hpp"
#include "mime/mailbox.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void check_scan(std::string_view text) {
  const auto extent = mime::find_header_end(text);
  std::size_t at = 0;
  for (const auto& field : mime::header_fields(text)) {
    require(field.begin == at && field.end > at && field.end <= text.size());
    require(mime::unfold(field.value).find('\n') == std::string::npos);
    at = field.end;
  }
  require(extent.fields_end == at && extent.body_begin >= at && extent.body_begin <= text.size());
}

void check_field(std::string_view value) {
  const std::string field = mime::make_field("X-Fuzz", value);
  mime::header_cursor cursor(field);
  const auto only = cursor.next();
  require(only && only->is("x-fuzz") && only->end == field.size() && !cursor.next());
}

void check_edits(std::string_view text) {
  mail::message m(uuid::make_v4(), {}, {});
  m.set_data(std::string(text));
  const std::string_view body = text.substr(mime::find_header_end(text).body_begin);
  m.prepend_header("X-Fuzz", "first");
  m.append_header("X-Fuzz", "last");
  const auto values = m.all_headers("x-fuzz");
  require(values.size() >= 2 && values.front() == "first" && values.back() == "last");
  m.remove_all_named_headers("X-FUZZ");
  require(!m.first_header("X-Fuzz"));
  require(m.content.join().ends_with(body));
}

void check_text(std::string_view text) {
  mime::decode_value(text);
  mime::parse_mailboxes(text);
  const std::string coded = mime::encode_value(text, 9);
  require(is_ascii(coded));
  if (is_valid_utf8(text)) require(is_valid_utf8(mime::decode_value(coded)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_scan(text);
  check_field(text);
  check_edits(text);
  check_text(text);
  const auto scan = mime::scan_lines(text);
  require(scan.longest_line <= size);
  mail::parse_trace_header(text);
  return 0;
}
