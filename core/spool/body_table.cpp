#include "spool/body_table.hpp"

#include <algorithm>

namespace godwit::spool {

bool body_table::create(const uuid& body) {
  const std::lock_guard lock(mutex_);
  return entries_.try_emplace(body, entry{.references = 1, .is_on_disk = false, .is_complete = true}).second;
}

void body_table::add(const uuid& body) {
  const std::lock_guard lock(mutex_);
  ++entries_[body].references;
}

bool body_table::acquire(const uuid& body) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(body);
  if (at == entries_.end() || !at->second.is_on_disk) return false;
  ++at->second.references;
  return true;
}

void body_table::confirm(const uuid& body) {
  const std::lock_guard lock(mutex_);
  if (const auto at = entries_.find(body); at != entries_.end()) at->second.is_on_disk = true;
}

void body_table::forget(const uuid& body) {
  const std::lock_guard lock(mutex_);
  entries_.erase(body);
}

bool body_table::release(const uuid& body) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(body);
  if (at == entries_.end() || at->second.references == 0) return false;
  if (--at->second.references > 0 || !at->second.is_complete) return false;
  entries_.erase(at);
  return true;
}

void body_table::count(const uuid& body) {
  const std::lock_guard lock(mutex_);
  auto& e = entries_[body];
  ++e.references;
  e.is_on_disk = true;
}

bool body_table::is_lost(const uuid& body) const {
  const std::lock_guard lock(mutex_);
  return !entries_.contains(body);
}

std::vector<uuid> body_table::sweep() {
  std::vector<uuid> unused;
  const std::lock_guard lock(mutex_);
  for (auto at = entries_.begin(); at != entries_.end();) {
    at->second.is_complete = true;
    if (at->second.references > 0) {
      ++at;
      continue;
    }
    unused.push_back(at->first);
    at = entries_.erase(at);
  }
  return unused;
}

std::size_t body_table::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

mail::body_ref body_table::find_loaded(const uuid& body) {
  const std::lock_guard lock(mutex_);
  const auto at = loaded_.find(body);
  return at == loaded_.end() ? nullptr : at->second.lock();
}

void body_table::remember_loaded(const mail::body_ref& body) {
  const std::lock_guard lock(mutex_);
  loaded_[body->id] = body;
  if (loaded_.size() < prune_loaded_at_) return;
  std::erase_if(loaded_, [](const auto& one) { return one.second.expired(); });
  prune_loaded_at_ = std::max<std::size_t>(64, loaded_.size() * 2);
}

}  // namespace godwit::spool
