#include "module/succession.hpp"

#include "log/log.hpp"
#include "metrics/registry.hpp"

namespace godwit::module {

succession::state succession::now() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

rt::task<> succession::decided() {
  const auto waiting = std::make_shared<queue::waiter>(*rt::loop::current());
  {
    const std::lock_guard lock(mutex_);
    if (state_ != state::waiting) co_return;
    waiting_.push_back(waiting);
  }
  co_await waiting->event.wait();
}

rt::task<> succession::successor() {
  co_await decided();
  if (now() == state::failed) throw std::runtime_error("the module could not be loaded anew");
}

rt::task<script_body> succession::function(std::string full_name) {
  co_await successor();
  const auto at = functions_.find(full_name);  // constant once settled
  co_return at == functions_.end() ? script_body() : at->second;
}

rt::task<std::shared_ptr<hook::handler>> succession::handler(std::string event, std::size_t ordinal) {
  co_await successor();
  for (const auto& h : hooks_)
    if (h.event == event && ordinal-- == 0) co_return h.registration.handler;
  co_return nullptr;
}

void succession::take(const mail::log_record& record, const mail::message_ref& m) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == state::waiting && kept_.size() < most_kept)
      kept_.emplace_back(record, m);
    else if (state_ == state::waiting)
      ++lost_;
    if (state_ != state::settled) return;
  }
  for (const auto& s : sinks_) s.sink->submit(record, m);  // constant once settled
}

void succession::settle(std::vector<hook::named_registration> hooks, std::vector<record_dispatcher::entry> sinks,
                        script_bodies functions) {
  estate left;
  {
    const std::lock_guard lock(mutex_);
    hooks_ = std::move(hooks);
    sinks_ = std::move(sinks);
    functions_ = std::move(functions);
    left = close(state::settled);
  }
  for (const auto& w : left.waiting) queue::wake(w);
  for (const auto& [record, m] : left.kept)
    for (const auto& s : sinks_) s.sink->submit(record, m);
  note_lost(left.lost);
}

void succession::fail() {
  estate left;
  {
    const std::lock_guard lock(mutex_);
    left = close(state::failed);
  }
  for (const auto& w : left.waiting) queue::wake(w);
  note_lost(left.kept.size() + left.lost);
}

succession::estate succession::close(state s) {
  state_ = s;
  return {std::exchange(waiting_, {}), std::exchange(kept_, {}), std::exchange(lost_, 0)};
}

void succession::note_lost(std::size_t count) const {
  if (count == 0) return;
  metrics::get_counter("godwit_module_log_records_lost_total", "Log records that a module missed while it was reloaded.",
                       {{"module", module_}})
      ->add(count);
  log::error("module", "module '{}' missed {} log records while it was reloaded", module_, count);
}

}  // namespace godwit::module
