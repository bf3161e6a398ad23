// BDAT: chunks of any size, content of any kind. Byte 0 chooses the policy; then a byte of chunk size goes
// before each chunk.
#include <cstdint>
#include <string>
#include <string_view>

#include "smtp/data_reader.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  smtp::body_limits limits;
  limits.endings = static_cast<smtp::line_endings>(data[0] % 3);
  limits.max_line = 100;
  limits.max_size = 4096;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  smtp::bdat_reader reader(limits);
  std::string content;
  while (!input.empty()) {
    const std::size_t chunk = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    reader.begin_chunk(chunk);
    const auto taken = reader.feed(input);
    require(taken == std::min(chunk, input.size()));
    require(reader.is_chunk_done() == (taken == chunk));
    content += input.substr(0, taken);
    input.remove_prefix(taken);
  }
  const auto body = reader.body().finish();
  if (reader.body().fault() != smtp::body_fault::none) return 0;
  require(body->bytes.size() <= limits.max_size);
  if (limits.endings == smtp::line_endings::fix) return 0;
  const bool is_open = !content.empty() && !content.ends_with("\r\n");
  require(body->bytes == content + (is_open ? "\r\n" : ""));
  return 0;
}
