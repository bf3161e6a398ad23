#include "mime/report.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "mime/gmime_object.hpp"
#include "mime/header.hpp"

namespace godwit::mime {

namespace {

constexpr std::string_view report_type = "multipart/report";
/// RFC 2046 5.1.1. A longer one only makes searching slow.
constexpr std::size_t longest_boundary = 70;

std::string field_of(std::string_view block, std::string_view name) {
  const auto field = find_first(block, name);
  return field ? unfold(field->value) : std::string();
}

gmime_ref<GMimeContentType> parse_type(const std::string& text) {
  start_gmime();
  return gmime_ref<GMimeContentType>(g_mime_content_type_parse(nullptr, text.c_str()));
}

std::string name_of(GMimeContentType* type) {
  char* text = g_mime_content_type_get_mime_type(type);
  std::string name = to_lower(text);
  g_free(text);
  return name;
}

struct delimiter {
  std::size_t begin = 0, end = 0;  ///< of its line
  bool closes = false;
};

std::optional<delimiter> next_delimiter(std::string_view text, std::size_t from, std::string_view dash_boundary) {
  for (auto at = text.find(dash_boundary, from); at != text.npos; at = text.find(dash_boundary, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const auto line_end = std::min(text.find('\n', at), text.size() - 1);
    const auto rest = trim(text.substr(at + dash_boundary.size(), line_end + 1 - at - dash_boundary.size()));
    if (rest.empty() || rest == "--") return delimiter{at, line_end + 1, !rest.empty()};
  }
  return std::nullopt;
}

/// The line end before a delimiter belongs to the delimiter.
std::string_view without_line_end(std::string_view part) {
  if (part.ends_with('\n')) part.remove_suffix(1);
  if (part.ends_with('\r')) part.remove_suffix(1);
  return part;
}

/// The outermost level alone: what is inside of parts is nobody's business here, and a message that nests thousands of them
/// costs no more than any other of its size.
std::vector<std::string_view> split_parts(std::string_view body, std::string_view boundary) {
  const auto dash_boundary = fmt::format("--{}", boundary);
  std::vector<std::string_view> parts;
  auto open = next_delimiter(body, 0, dash_boundary);
  while (open && !open->closes) {
    const auto close = next_delimiter(body, open->end, dash_boundary);
    const auto end = close ? close->begin : body.size();
    const auto part = body.substr(open->end, end - open->end);
    parts.push_back(close ? without_line_end(part) : part);
    open = close;
  }
  return parts;
}

std::string decode(std::string_view content, const std::string& encoding) {
  const auto kind = g_mime_content_encoding_from_string(encoding.c_str());
  const gmime_ref<GMimeStream> out(g_mime_stream_mem_new());
  const gmime_ref<GMimeStream> through(g_mime_stream_filter_new(out.get()));
  const gmime_ref<GMimeFilter> filter(g_mime_filter_basic_new(kind, FALSE));
  g_mime_stream_filter_add(GMIME_STREAM_FILTER(through.get()), filter.get());
  g_mime_stream_write(through.get(), content.data(), content.size());
  g_mime_stream_flush(through.get());
  const auto* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  return {reinterpret_cast<const char*>(bytes->data), bytes->len};
}

report_part read_part(std::string_view text) {
  const auto extent = find_header_end(text);
  const auto fields = text.substr(0, extent.fields_end);
  const auto type = field_of(fields, "Content-Type");
  const auto encoding = to_lower(field_of(fields, "Content-Transfer-Encoding"));
  const auto content = text.substr(extent.body_begin);
  const bool is_coded = encoding.starts_with("base64") || encoding.starts_with("quoted-printable");
  return {type.empty() ? "text/plain" : name_of(parse_type(type).get()),
          is_coded ? decode(content, encoding) : std::string(content)};
}

}  // namespace

const report_part* report::find(std::initializer_list<std::string_view> types) const {
  for (const auto type : types) {
    const auto at = std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.type == type; });
    if (at != parts.end()) return &*at;
  }
  return nullptr;
}

std::optional<std::string> report::original_message() const {
  const auto* part = find({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"});
  if (!part) return std::nullopt;
  return part->content;
}

bool is_report_type(std::string_view content_type) { return istarts_with(trim(content_type), report_type); }

std::optional<report> parse_report(std::string_view message) {
  const auto extent = find_header_end(message);
  const auto text = field_of(message.substr(0, extent.fields_end), "Content-Type");
  if (!is_report_type(text)) return std::nullopt;
  const auto type = parse_type(text);
  const char* kind = g_mime_content_type_get_parameter(type.get(), "report-type");
  const char* boundary = g_mime_content_type_get_parameter(type.get(), "boundary");
  if (name_of(type.get()) != report_type || !kind || !boundary) return std::nullopt;
  const std::string_view delimiter_text(boundary);
  if (delimiter_text.empty() || delimiter_text.size() > longest_boundary) return std::nullopt;
  report out{to_lower(kind), {}};
  for (const auto part : split_parts(message.substr(extent.body_begin), delimiter_text)) out.parts.push_back(read_part(part));
  return out;
}

}  // namespace godwit::mime
