#pragma once
// What the server and its modules write to the diagnostic log, for modules that keep a log of their own.

#include <memory>

#include <godwit/registration.hpp>

namespace godwit::sdk {

/// write(level, std::string_view tag, std::string_view text) for each line of `lowest` and above that the log's filter lets
/// through; `tag` is the library or module that speaks. Runs on the thread that wrote the line and must be quick. Lines that it
/// writes itself do not come back to it. In any phase from init until drain.
template <class F>
void add_diagnostic_sink(level lowest, F write) {
  auto owned = std::make_shared<F>(std::move(write));
  detail::kept.push_back(owned);
  godwit_diagnostic_sink sink{};
  sink.size = sizeof(sink);
  sink.lowest_level = static_cast<int32_t>(lowest);
  sink.context = owned.get();
  sink.write = [](void* context, int32_t l, godwit_str tag, godwit_str text) {
    try {
      (*static_cast<F*>(context))(static_cast<level>(l), to_view(tag), to_view(text));
    } catch (...) {
      // Nobody is left to tell: this is where complaints go.
    }
  };
  require(host().diagnostic_sink_add(self(), &sink), "diagnostic_sink_add");
}

}  // namespace godwit::sdk
