#include "module/diagnostic_sink.hpp"

#include "module/host_table.hpp"

namespace godwit::module {

static_assert(static_cast<int>(log::level::trace) == GODWIT_LOG_TRACE && static_cast<int>(log::level::error) == GODWIT_LOG_ERROR);

void diagnostic_sink::line(log::level l, std::string_view tag, std::string_view text) {
  const usage use(owner_);
  if (use) write_(context_, static_cast<int32_t>(l), str(tag), str(text));
}

}  // namespace godwit::module
