#include "module/record_dispatcher.hpp"

#include <algorithm>

namespace godwit::module {

void record_dispatcher::submit(const mail::log_record& record, const mail::message_ref& m) {
  const auto sinks = sinks_.load();
  if (!sinks) return;
  for (const auto& e : *sinks) e.sink->submit(record, m);
}

void record_dispatcher::add(std::string owner, std::string name, std::shared_ptr<mail::record_sink> sink) {
  const std::lock_guard lock(change_);
  const auto before = sinks_.load();
  auto after = std::make_shared<list>(before ? *before : list{});
  after->push_back({std::move(owner), std::move(name), std::move(sink)});
  sinks_.store(std::move(after));
}

void record_dispatcher::replace_owner(std::string_view owner, std::vector<entry> fresh) {
  const std::lock_guard lock(change_);
  const auto before = sinks_.load();
  auto after = std::make_shared<list>(before ? *before : list{});
  std::erase_if(*after, [&](const entry& e) { return e.owner == owner; });
  std::move(fresh.begin(), fresh.end(), std::back_inserter(*after));
  sinks_.store(std::move(after));
}

std::size_t record_dispatcher::size() const {
  const auto sinks = sinks_.load();
  return sinks ? sinks->size() : 0;
}

}  // namespace godwit::module
