#include "hook/table.hpp"

#include "hook/chain.hpp"

#include <algorithm>

#include <asio/this_coro.hpp>

namespace godwit::hook {

namespace {

void insert(std::vector<registration>& handlers, registration r) {
  const auto later = [](int priority, const registration& other) { return priority < other.priority; };
  handlers.insert(std::upper_bound(handlers.begin(), handlers.end(), r.priority, later), std::move(r));
}

}  // namespace

event& table::get(std::string_view name) {
  const std::lock_guard lock(mutex_);
  auto at = events_.find(name);
  if (at == events_.end())
    at = events_.emplace(std::string(name), std::make_unique<event>(std::string(name))).first;
  return *at->second;
}

void table::add(std::string_view event_name, registration r) {
  auto& e = get(event_name);
  const std::lock_guard lock(mutex_);
  e.change([&](event::list& handlers) { insert(handlers, std::move(r)); });
}

void table::replace_owner(std::string_view owner, std::vector<named_registration> fresh) {
  for (const auto& f : fresh) get(f.event);
  const std::lock_guard lock(mutex_);
  for (auto& [name, e] : events_) {
    e->change([&](event::list& handlers) {
      std::erase_if(handlers, [&](const registration& r) { return r.owner == owner; });
      for (auto& f : fresh)
        if (f.event == name) insert(handlers, std::move(f.registration));
    });
  }
}

void table::remove_owner(std::string_view owner) { replace_owner(owner, {}); }

std::vector<event_info> table::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<event_info> all;
  for (const auto& [name, e] : events_) {
    const auto handlers = e->handlers_.load();
    if (!handlers) continue;
    for (const auto& r : *handlers) all.push_back({name, r.owner, r.priority, r.timeout});
  }
  return all;
}

void event::change(const std::function<void(list&)>& edit) {
  const auto before = handlers_.load();
  auto after = std::make_shared<list>(before ? *before : list{});
  edit(*after);
  const bool any = !after->empty();
  handlers_.store(std::move(after));
  armed_.store(any, std::memory_order_relaxed);
}

rt::task<verdict> event::run(arguments args, instant until) {
  const auto handlers = handlers_.load();
  if (!handlers || handlers->empty()) co_return verdict{};
  const auto here = co_await asio::this_coro::executor;
  const auto state = std::make_shared<detail::chain>(name_, std::move(args), here);
  for (const auto& r : *handlers) {
    auto answer = co_await detail::ask(state, r, until);
    if (answer.what != verdict::kind::proceed || answer.returned) co_return answer;
  }
  co_return verdict{};
}

}  // namespace godwit::hook
