// PROXY headers: a verdict for every input, the same for every longer input, and what is written is read
// back.
#include <cstdint>
#include <string>

#include "net/proxy_protocol.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;
using verdict = net::proxy_header::verdict;

namespace {

bool is_same(const net::proxy_header& a, const net::proxy_header& b) {
  return a.status == b.status && a.consumed == b.consumed && a.has_addresses == b.has_addresses &&
         a.source == b.source && a.destination == b.destination;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  const auto header = net::parse_proxy_header(input);
  require(header.consumed <= input.size());
  require((header.consumed > 0) == (header.status == verdict::complete));
  if (header.status == verdict::incomplete) require(input.size() < net::max_proxy_header);
  if (header.status != verdict::complete) return 0;
  require(is_same(header, net::parse_proxy_header(input + "MAIL")));
  require(net::parse_proxy_header({input.data(), header.consumed - 1}).status == verdict::incomplete);
  if (!header.has_addresses) return 0;
  const auto written = net::write_proxy_header(header.source, header.destination);
  const auto again = net::parse_proxy_header(written);
  require(again.status == verdict::complete && again.source == header.source &&
          again.destination == header.destination);
  return 0;
}
