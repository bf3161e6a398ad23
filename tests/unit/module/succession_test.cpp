// What a module that is being reloaded leaves to its successor.
#include "module/succession.hpp"

#include <doctest/doctest.h>

#include "metrics/registry.hpp"

using namespace godwit;
using namespace godwit::module;

namespace {

struct counting_sink final : mail::record_sink {
  std::size_t count = 0;
  void submit(const mail::log_record&, const mail::message_ref&) override { ++count; }
};

std::uint64_t lost() {
  return metrics::get_counter("godwit_module_log_records_lost_total", "", {{"module", "keeper"}})->read();
}

}  // namespace

TEST_CASE("log records are kept for the successor, as many as were agreed; the others are counted") {
  const auto before = lost();
  succession s("keeper");
  for (std::size_t i = 0; i < succession::most_kept + 3; ++i) s.take({}, nullptr);
  const auto sink = std::make_shared<counting_sink>();
  s.settle({}, {{"keeper", "sink", sink}}, {});
  CHECK(sink->count == succession::most_kept);
  CHECK(lost() - before == 3);
  s.take({}, nullptr);
  CHECK(sink->count == succession::most_kept + 1);
}

TEST_CASE("log records that find no successor are counted") {
  const auto before = lost();
  succession s("keeper");
  for (int i = 0; i < 2; ++i) s.take({}, nullptr);
  s.fail();
  CHECK(s.is_decided());
  CHECK(lost() - before == 2);
}
