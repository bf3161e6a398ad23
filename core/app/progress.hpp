#pragma once
// How far a long command is, for the operator who waits: within its first second, then a line a second.

#include <string>

#include "control/output.hpp"
#include "rt/loop.hpp"

namespace godwit::app {

/// Used on the loop of the command, which outlives it. A quick command says nothing.
class progress {
 public:
  static constexpr auto first_after = std::chrono::milliseconds(500);
  static constexpr auto interval = std::chrono::seconds(1);

  /// `what` follows the number: "messages failed so far".
  progress(control::output& out, std::string what)
      : out_(out), what_(std::move(what)), next_(rt::steady_clock::now() + first_after) {}

  rt::task<> tell(std::size_t n) {
    if (rt::steady_clock::now() < next_) co_return;
    next_ = rt::steady_clock::now() + interval;
    out_.text(fmt::format("{} {}", n, what_));
    co_await out_.flush();
  }

 private:
  control::output& out_;
  const std::string what_;
  rt::steady_clock::time_point next_;
};

}  // namespace godwit::app
