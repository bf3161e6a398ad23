#pragma once
// One run of an event's chain: asks one handler after the other, each within its time-out.

#include <exception>
#include <memory>
#include <string>

#include "hook/table.hpp"
#include "rt/bounded_run.hpp"

namespace godwit::hook::detail {

/// Shared by the run and the handler being asked: a handler that was abandoned keeps the arguments it still
/// reads.
struct chain final : rt::bounded_run {
  chain(std::string_view name, arguments a, rt::executor where)
      : bounded_run(where), event(name), args(std::move(a)) {}

  std::string event;
  arguments args;
  std::shared_ptr<hook::handler> asked;
  verdict answer;
  std::exception_ptr failed;
  bool is_abandoned = false;
};

/// The handler's verdict. Throws handler_failed when it threw or overran, deadline_passed when `until` came
/// before its time-out; cancellation of the caller passes through.
rt::task<verdict> ask(std::shared_ptr<chain> state, const registration& r, event::instant until);

}  // namespace godwit::hook::detail
