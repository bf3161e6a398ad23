// Zone text: it reads or the error names a line; whatever was read answers every kind of question with records that
// read again.
#include <string>

#include "dns/record.hpp"
#include "dns/zone.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void ask(const dns::zone& zone, const std::string& name) {
  for (const auto record_type : {dns::type::a, dns::type::mx, dns::type::txt, dns::type::cname, dns::type::soa}) {
    std::string alias;
    const auto got = zone.find(name, record_type, alias);
    for (const auto& rdata : got.rdata) {
      if (record_type == dns::type::a) (void)dns::read_address(rdata);
      if (record_type == dns::type::mx) (void)dns::read_mx(rdata);
      if (record_type == dns::type::txt) (void)dns::read_txt(rdata);
    }
    require(got.exists || got.rdata.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto zone = dns::zone::parse(text);
  if (!zone.ok()) {
    require(!zone.why().text.empty());
    return 0;
  }
  require(zone->covers(zone->apex()));
  ask(*zone, zone->apex());
  for (const char* label : {"a", "www", "*", "ns.sub"}) ask(*zone, zone->apex().empty() ? label : label + ("." + zone->apex()));
  return 0;
}
