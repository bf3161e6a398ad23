// DATA: whatever the input and however it is split, the end is CRLF.CRLF and nothing else, and the content is
// what a simple reading of RFC 5321 4.5.2 says. The first two bytes choose line end policy and split.
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/data_reader.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

/// Offset after the end of the content, npos when it does not end.
std::size_t find_end(std::string_view input) {
  if (input.starts_with(".\r\n")) return 3;
  const auto at = input.find("\r\n.\r\n");
  return at == std::string_view::npos ? at : at + 5;
}

std::string unstuffed(std::string_view content) {
  std::string out;
  while (!content.empty()) {
    const auto end = content.find("\r\n");
    const auto size = end == std::string_view::npos ? content.size() : end + 2;
    auto line = content.substr(0, size);
    if (line.starts_with('.')) line.remove_prefix(1);
    out += line;
    content.remove_prefix(size);
  }
  return out;
}

bool has_bare_line_end(std::string_view content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '\r' && (i + 1 == content.size() || content[i + 1] != '\n')) return true;
    if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r')) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  smtp::body_limits limits;
  limits.endings = static_cast<smtp::line_endings>(data[0] % 3);
  limits.max_line = limits.max_size = 1 << 20;
  const std::size_t step = data[1] % 16 + 1;
  const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);

  smtp::data_reader reader(limits);
  std::size_t at = 0;
  while (at < input.size() && !reader.is_done()) at += reader.feed(input.substr(at, step));

  const auto end = find_end(input);
  require(reader.is_done() == (end != std::string_view::npos));
  if (!reader.is_done()) return 0;
  require(at == end);
  const auto content = unstuffed(input.substr(0, end - 3));
  const auto fault = reader.body().fault();
  const auto body = reader.body().finish();
  if (limits.endings == smtp::line_endings::allow) require(body->bytes == content);
  if (limits.endings == smtp::line_endings::fix) require(!has_bare_line_end(body->bytes));
  if (limits.endings == smtp::line_endings::deny) {
    if (has_bare_line_end(content)) require(fault == smtp::body_fault::bad_line_endings);
    if (fault == smtp::body_fault::none) require(body->bytes == content);
  }
  if (fault == smtp::body_fault::none) {
    const bool has_dot_line = body->bytes.starts_with('.') || body->bytes.find("\r\n.") != std::string::npos;
    require(!has_dot_line || body->needs_stuffing);
  }
  return 0;
}
