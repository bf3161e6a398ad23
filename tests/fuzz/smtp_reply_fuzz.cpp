// Replies of a hostile server: any bytes, in any pieces, must end in replies or in a complaint, within the limits,
// and in the same replies however they were cut.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "smtp/reply_parser.hpp"

using godwit::smtp::reply_parser;

namespace {

std::vector<std::string> replies_of(std::string_view text, std::size_t piece) {
  std::vector<std::string> out;
  reply_parser parser({200, 10});
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t consumed = 0;
    const auto state = parser.feed(text.substr(at, piece), consumed);
    at += consumed;
    if (state == reply_parser::state::malformed) {
      out.emplace_back("malformed");
      return out;
    }
    if (state == reply_parser::state::complete) out.push_back(parser.take().one_line());
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size == 0) return 0;
  if (replies_of(text, size) != replies_of(text, 1)) std::abort();
  return 0;
}
