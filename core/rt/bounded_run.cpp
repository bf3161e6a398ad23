#include "rt/bounded_run.hpp"

namespace godwit::rt {

/// The handler of co_spawn would come too late for a body that does not wait.
task<> bounded_run::run(std::shared_ptr<bounded_run> self, task<> body) {
  try {
    co_await std::move(body);
  } catch (...) {  // cancelled, as a rule; what else there is to say the body has put down
  }
  self->has_ended_ = true;
  self->wake_.cancel();
}

void bounded_run::start(std::shared_ptr<bounded_run> self, task<> body) {
  auto& one = *self;
  one.has_ended_ = false;
  auto running = run(self, std::move(body));
  auto keep = [self = std::move(self)](const std::exception_ptr&) {};
  asio::co_spawn(one.wake_.get_executor(), std::move(running), asio::bind_cancellation_slot(one.cancel_.slot(), std::move(keep)));
}

task<waited> bounded_run::wait(steady_clock::time_point until) {
  while (!has_ended_ && steady_clock::now() < until) {
    wake_.expires_at(until);
    const auto [failed] = co_await wake_.async_wait(use_result);
    if (failed && !has_ended_) co_return waited::cancelled;  // only the end and the caller's cancellation stop the timer
  }
  co_return has_ended_ ? waited::ended : waited::overran;
}

}  // namespace godwit::rt
