#include "rt/gate.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>

#include "base/internal_error.hpp"
#include "log/log.hpp"

namespace godwit::rt {

namespace {

std::string why(const std::exception_ptr& failed) {
  try {
    std::rethrow_exception(failed);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

bool is_cancellation(const std::exception_ptr& failed) {
  try {
    std::rethrow_exception(failed);
  } catch (const asio::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

gate::gate(loop& owner, std::string name) : loop_(owner), name_(std::move(name)), empty_(owner.get_executor()) {
  empty_.expires_at(steady_clock::time_point::max());
}

gate::~gate() {
  if (!running_.empty()) {
    for (const auto& r : running_) log::error("rt", "gate {} destroyed while {} is running", name_, r.label);
  }
}

bool gate::spawn(std::string label, std::function<task<>()> body, std::shared_ptr<canceller> stop) {
  if (closed_) return false;
  running_.emplace_back();
  const auto self = std::prev(running_.end());
  self->label = std::move(label);
  if (stop) stop->signal_ = &self->cancel;
  // co_spawn keeps the function object, and with it the captures, until the coroutine has ended.
  asio::co_spawn(loop_.io(), std::move(body),
                 asio::bind_cancellation_slot(self->cancel.slot(), [this, self, stop](std::exception_ptr failed) {
                   if (stop) stop->signal_ = nullptr;
                   if (failed && !is_cancellation(failed)) {
                     log::error("rt", "{}: {} ended by an exception: {}", name_, self->label, why(failed));
                   }
                   running_.erase(self);
                   if (running_.empty()) empty_.cancel();
                 }));
  return true;
}

task<bool> gate::close(std::chrono::nanoseconds limit) {
  closed_ = true;
  // A cancelled coroutine may end at once and erase itself: walk by stepping first.
  for (auto at = running_.begin(); at != running_.end();) {
    auto& one = *at++;
    one.cancel.emit(asio::cancellation_type::terminal);
  }
  co_return co_await wait_empty(limit);
}

task<bool> gate::drain(std::chrono::nanoseconds limit) {
  closed_ = true;
  co_return co_await wait_empty(limit);
}

task<bool> gate::wait_empty(std::chrono::nanoseconds limit) {
  if (running_.empty()) co_return true;
  empty_.expires_after(limit);
  co_await empty_.async_wait(use_result);
  for (const auto& r : running_) log::warn("rt", "{}: still running: {}", name_, r.label);
  co_return running_.empty();
}

}  // namespace godwit::rt
