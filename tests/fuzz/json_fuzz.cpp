// JSON documents: what is read, written and read again is the same; anything can be written as JSON that reads.
#include "base/json.hpp"
#include "base/text.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  (void)json::parse(text, true);
  const auto quoted = json::write(value(text));
  require(is_valid_utf8(quoted) && quoted.find('\n') == quoted.npos && json::parse(quoted).ok());
  const auto document = json::parse(text);
  if (!document.ok()) return 0;
  const auto written = json::write(*document);
  require(is_valid_utf8(written) && json::write(*json::parse(written)) == written);
  require(*json::parse(json::write_pretty(*document)) == *json::parse(written));
  return 0;
}
