// Frames of the control socket: what is accepted is a whole request, what is not has a reason.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/protocol.hpp"

using namespace godwit;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = control::parse_request({reinterpret_cast<const char*>(data), size});
  if (!parsed && parsed.why().text.empty()) std::abort();
  if (parsed && parsed->what == control::request::kind::cancel && !parsed->line.empty()) std::abort();
  return 0;
}
