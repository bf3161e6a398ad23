#include "app/rate_window.hpp"

namespace godwit::app {

void rate_window::note(time_point now, std::uint64_t count) {
  samples_.push_back({now, count});
  while (now - samples_.front().at > length) samples_.pop_front();
}

void rate_window::restart(time_point now, std::uint64_t count) { samples_.assign(1, {now, count}); }

double rate_window::rate(time_point now, std::uint64_t count) const {
  if (samples_.empty()) return 0;
  const auto& oldest = samples_.front();
  const auto seconds = std::chrono::duration<double>(now - oldest.at).count();
  return seconds > 0 ? static_cast<double>(count - oldest.count) / seconds : 0;
}

}  // namespace godwit::app
