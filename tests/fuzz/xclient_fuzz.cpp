// XCLIENT of a trusted proxy: a 501, or claims that stand in the text.
#include "smtp/xclient.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  smtp::xclient_claims claims;
  if (const auto refusal = smtp::parse_xclient(text, claims)) {
    require(refusal->code == 501);
    return 0;
  }
  require(text.find('=') != text.npos);
  return 0;
}
