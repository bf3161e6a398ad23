#pragma once
// Readers of the diagnostics beside their output: modules that keep a log of their own.

#include <memory>
#include <string_view>

#include "log/log.hpp"

namespace godwit::log {

class tap {
 public:
  virtual ~tap() = default;
  /// A line that the filter let through, masked; on the thread that wrote it. What is written in here reaches no tap.
  virtual void line(level l, std::string_view tag, std::string_view text) = 0;
};

/// Shows it lines of `lowest` and above. Any thread.
void add_tap(level lowest, std::shared_ptr<tap> t);
/// Lines under way on other threads may still reach it. Any thread.
void remove_tap(const std::shared_ptr<tap>& t);

}  // namespace godwit::log
