#include "queue/delay_line.hpp"

#include <limits>

namespace godwit::queue {

namespace {

constexpr auto never = std::numeric_limits<std::uint64_t>::max();

}  // namespace

delay_line::delay_line(rt::loop& owner)
    : sleeper_(std::make_shared<waiter>(owner)), start_(std::chrono::steady_clock::now()) {}

std::uint64_t delay_line::tick_of(steady_time t) const {
  if (t <= start_) return 0;
  return static_cast<std::uint64_t>((t - start_ + tick - duration{1}) / tick);
}

void delay_line::insert(entry_ptr e, steady_time due) {
  const auto at = tick_of(due);
  {
    const std::lock_guard lock(guard_);
    wheel_.insert(std::move(e), at);
    if (at >= sleeps_until_) return;
    sleeps_until_ = at;
  }
  wake(sleeper_);
}

void delay_line::collect(steady_time now, entry_list& out) {
  const auto at = now <= start_ ? 0 : static_cast<std::uint64_t>((now - start_) / tick);
  const std::lock_guard lock(guard_);
  wheel_.advance(at, out);
  sleeps_until_ = wheel_.next_tick().value_or(never);
}

rt::task<> delay_line::wait() {
  std::uint64_t until = 0;
  {
    const std::lock_guard lock(guard_);
    until = sleeps_until_;
  }
  const auto now = std::chrono::steady_clock::now();
  duration limit = std::chrono::hours(1);
  if (until != never) limit = std::min<duration>(limit, start_ + until * tick - now);
  if (limit > duration{0}) co_await sleeper_->event.wait(limit);
}

entry_list delay_line::drain() {
  const std::lock_guard lock(guard_);
  return wheel_.drain();
}

delay_line::walk::~walk() {
  const std::lock_guard lock(line_.guard_);
  cursor_.unlink();
}

bool delay_line::walk::next(std::size_t most, const timer_wheel::visitor& visit, entry_list& taken) {
  const std::lock_guard lock(line_.guard_);
  line_.wheel_.look(cursor_, most, visit, taken);
  return !cursor_.is_done;
}

std::size_t delay_line::size() const {
  const std::lock_guard lock(guard_);
  return wheel_.size();
}

}  // namespace godwit::queue
