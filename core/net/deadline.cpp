#include "net/deadline.hpp"

#include <asio/error.hpp>

namespace godwit::net {

struct deadline::state : std::enable_shared_from_this<state> {
  state(rt::executor where, std::function<void()> fn) : timer(where), on_expiry(std::move(fn)) {}

  void arm() {
    armed_for = when;
    timer.expires_at(when);  // a wait that runs ends with operation_aborted
    timer.async_wait([self = shared_from_this(), mine = ++generation](const std::error_code& ec) {
      if (!ec && mine == self->generation) self->fired();
    });
  }

  void fired() {
    armed_for = never;
    if (when == never) return;
    if (rt::steady_clock::now() < when) return arm();
    overdue = true;
    when = never;
    if (on_expiry) on_expiry();
  }

  static constexpr auto never = rt::steady_clock::time_point::max();
  rt::timer timer;
  std::function<void()> on_expiry;
  rt::steady_clock::time_point when = never;
  rt::steady_clock::time_point armed_for = never;
  std::uint64_t generation = 0;  // a wait that was overtaken may already be queued as a success
  bool overdue = false;
};

deadline::deadline(rt::executor where, std::function<void()> on_expiry)
    : state_(std::make_shared<state>(where, std::move(on_expiry))) {}

deadline::~deadline() {
  state_->on_expiry = nullptr;
  ++state_->generation;
  state_->timer.cancel();
}

void deadline::set(rt::steady_clock::time_point when) {
  state_->overdue = false;
  state_->when = when;
  if (when < state_->armed_for) state_->arm();
}

void deadline::clear() {
  state_->overdue = false;
  state_->when = state::never;
}

bool deadline::is_overdue() const { return state_->overdue; }

std::error_code deadline::explain(std::error_code ec) const {
  if (ec == asio::error::operation_aborted && state_->overdue) return asio::error::timed_out;
  return ec;
}

rt::executor deadline::get_executor() const { return state_->timer.get_executor(); }

}  // namespace godwit::net
