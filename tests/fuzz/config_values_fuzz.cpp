// Values that configuration and policies write as text: what is read prints as text that reads the same.
#include <string>

#include "base/cidr.hpp"
#include "base/duration.hpp"
#include "config/throttle_spec.hpp"
#include "log/filter.hpp"
#include "net/tls_names.hpp"
#include "target.hpp"

using namespace godwit;
using fuzz::require;

namespace {

void check_durations(std::string_view text) {
  const auto length = parse_duration(text);
  if (length.ok() && *length >= duration::zero()) require(*parse_duration(format_duration(*length)) == *length);
  const auto instant = parse_rfc3339(text);
  if (instant.ok()) require(*parse_rfc3339(format_rfc3339(*instant)) == *instant);
}

void check_throttles(std::string_view text) {
  if (const auto spec = config::throttle_spec::parse(text); spec.ok()) {
    require(spec->limit > 0 && spec->period_seconds > 0);
    require(*config::throttle_spec::parse(spec->text()) == *spec);
  }
  if (const auto spec = config::limit_spec::parse(text); spec.ok()) require(*config::limit_spec::parse(spec->text()) == *spec);
}

void check_blocks(std::string_view text) {
  const auto block = cidr::parse(text);
  if (!block.ok()) return;
  require(block->contains(block->network));
  require(cidr::parse(block->text())->text() == block->text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_durations(text);
  check_throttles(text);
  check_blocks(text);
  (void)log::filter::parse(text);
  (void)net::parse_tls_options(text);
  (void)net::map_suites({std::string(text)});
  return 0;
}
