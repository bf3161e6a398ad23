// Encoded words and charsets: decoding never fails and gives text; what is encoded is ASCII and decodes to itself.
#include <string>

#include "base/text.hpp"
#include "mime/charset.hpp"
#include "mime/encoded_word.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rest = fuzz::text_of(data, size);
  const auto decoded = mime::decode_words(rest);
  if (is_valid_utf8(rest)) require(is_valid_utf8(decoded));
  const auto charset = fuzz::take_part(rest);
  if (const auto text = mime::to_utf8(charset, rest)) require(is_valid_utf8(*text));
  for (const char letter : {'B', 'Q'})
    (void)mime::decode_words("=?" + std::string(charset) + "?" + letter + "?" + std::string(rest) + "?=");
  const auto coded = mime::encode_value(rest, 9);
  require(is_ascii(coded));
  return 0;
}
