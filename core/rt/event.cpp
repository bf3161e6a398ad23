#include "rt/event.hpp"

namespace godwit::rt {

event::event(loop& owner) : timer_(owner.get_executor()) {}

task<bool> event::wait(std::chrono::nanoseconds limit) {
  if (std::exchange(pending_, false)) co_return true;
  const auto before = generation_;
  timer_.expires_after(limit);
  const auto [failed] = co_await timer_.async_wait(use_result);
  if (generation_ == before && failed == asio::error::operation_aborted) {
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) throw asio::system_error(failed);
  }
  if (generation_ != before) pending_ = false;
  co_return generation_ != before;
}

task<> event::wait() {
  bool notified = false;  // not in the loop's condition: GCC 12 reads the awaited value before it is there
  while (!notified) notified = co_await wait(std::chrono::hours(24));
}

void event::notify() {
  ++generation_;
  pending_ = true;
  timer_.cancel();
}

}  // namespace godwit::rt
