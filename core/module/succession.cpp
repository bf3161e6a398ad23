#include "module/succession.hpp"

#include "log/log.hpp"
#include "rt/loop.hpp"

namespace godwit::module {

namespace {

constexpr auto look_again = std::chrono::milliseconds(2);

}  // namespace

succession::state succession::now() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

rt::task<> succession::decided() const {
  while (now() == state::waiting) co_await rt::sleep_for(look_again);
}

rt::task<> succession::successor() const {
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
    if (state_ == state::waiting) kept_.emplace_back(record, m);
    if (state_ != state::settled) return;
  }
  for (const auto& s : sinks_) s.sink->submit(record, m);  // constant once settled
}

void succession::settle(std::vector<hook::named_registration> hooks, std::vector<record_dispatcher::entry> sinks,
                        script_bodies functions) {
  decltype(kept_) kept;
  {
    const std::lock_guard lock(mutex_);
    hooks_ = std::move(hooks);
    sinks_ = std::move(sinks);
    functions_ = std::move(functions);
    state_ = state::settled;
    kept.swap(kept_);
  }
  for (const auto& [record, m] : kept)
    for (const auto& s : sinks_) s.sink->submit(record, m);
}

void succession::fail() {
  const std::lock_guard lock(mutex_);
  state_ = state::failed;
  if (!kept_.empty()) log::error("module", "{} log records found no module to take them", kept_.size());
  kept_.clear();
}

}  // namespace godwit::module
