#include "module/timer.hpp"

namespace godwit::module {

godwit_timer* timer_set::start(rt::loop& where, std::chrono::nanoseconds delay,
                               std::chrono::nanoseconds interval, godwit_callback callback, void* context) {
  auto t = std::make_shared<godwit_timer>(where, *this);
  t->interval = interval;
  t->callback = callback;
  t->context = context;
  t->timer.expires_after(delay);
  {
    const std::lock_guard lock(mutex_);
    all_.emplace(t.get(), t);
  }
  if (where.is_current())
    arm(t);
  else
    where.post([self = shared_from_this(), t] { self->arm(t); });
  return t.get();
}

void timer_set::arm(std::shared_ptr<godwit_timer> t) {
  auto& timer = t->timer;
  timer.async_wait([self = shared_from_this(), t = std::move(t)](const std::error_code& ec) {
    if (!ec && !t->is_cancelled) self->fire(t);
  });
}

void timer_set::fire(const std::shared_ptr<godwit_timer>& t) {
  t->callback(t->context);
  if (t->interval.count() <= 0 || t->is_cancelled) return;
  t->timer.expires_at(t->timer.expiry() + t->interval);
  arm(t);
}

void timer_set::end(const std::shared_ptr<godwit_timer>& t) {
  const auto stop = [t] {
    t->is_cancelled = true;
    t->timer.cancel();
  };
  if (t->loop.is_current())
    stop();
  else
    t->loop.post(stop);
}

void timer_set::cancel(godwit_timer* timer) {
  std::shared_ptr<godwit_timer> t;
  {
    const std::lock_guard lock(mutex_);
    const auto at = all_.find(timer);
    if (at == all_.end()) return;
    t = std::move(at->second);
    all_.erase(at);
  }
  end(t);
}

void timer_set::end_all() {
  const std::lock_guard lock(mutex_);
  for (const auto& [handle, t] : all_) end(t);
}

}  // namespace godwit::module
