// Records from the network, and names in both forms: what is read is harmless text, and a name that was read is written
// back byte for byte but for case.
#include <string>

#include "base/text.hpp"
#include "dns/destination.hpp"
#include "dns/mx_lookup.hpp"
#include "dns/record.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void check_wire(std::string_view rdata) {
  (void)dns::read_address(rdata);
  if (const auto text = dns::read_txt(rdata)) require(text->size() <= rdata.size());
  const auto name = dns::read_name(rdata);
  if (!name) return;
  for (const char c : *name) require(c > ' ' && c < 0x7f);
  if (const auto wire = dns::write_name(*name)) require(*wire == to_lower(rdata.substr(0, wire->size())));
}

void check_text(std::string_view text) {
  if (const auto wire = dns::write_name(text)) require(wire->size() <= 255 && dns::read_name(*wire));
  if (const auto number = dns::parse_type(text)) require(dns::parse_type(dns::type_text(*number)) == number);
}

void check_exchanger(std::string_view domain, std::string_view rest) {
  const auto wanted = dns::parse_destination(domain);
  if (!wanted.ok() || wanted->literal) return;
  dns::answer got;
  while (!rest.empty()) {
    const auto length = std::size_t{static_cast<unsigned char>(rest.front())};
    got.rdata.emplace_back(rest.substr(1, length));
    rest.remove_prefix(std::min(rest.size(), length + 1));
  }
  const auto mx = dns::exchanger_of(*wanted, got);
  require(mx.ok());
  require(!(*mx)->hosts.empty());
  for (const auto& host : (*mx)->hosts) require(!host.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_wire(text);
  check_text(text);
  auto rest = text;
  const auto domain = fuzz::take_part(rest);
  check_exchanger(domain, rest);
  return 0;
}
