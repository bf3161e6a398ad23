// Base64, hexadecimal and ids: strict in what they read, exact in what they write.
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  require(base64_decode(base64_encode(text)) == text);
  require(hex_decode(hex_encode(text)) == text);
  if (const auto bytes = base64_decode(text)) require(base64_encode(*bytes).size() == text.size());
  if (const auto bytes = hex_decode(text)) require(hex_encode(*bytes) == to_lower(text));
  if (const auto id = uuid::parse(text)) require(uuid::parse(id->simple()) == id && uuid::parse(id->hyphenated()) == id);
  return 0;
}
