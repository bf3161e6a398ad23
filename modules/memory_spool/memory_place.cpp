#include "memory_place.hpp"

#include <cstring>

#include <fmt/format.h>

namespace memory_spool {

using godwit::sdk::spool_key;

namespace {

constexpr std::uint64_t cost_of_a_record = 128;  // key, table entry, string

std::uint64_t cost(const std::string& record) { return cost_of(record.size()); }

}  // namespace

std::uint64_t cost_of(std::size_t bytes) { return bytes + cost_of_a_record; }

std::size_t memory_place::hash::operator()(const spool_key& key) const {
  std::uint64_t halves[2];
  std::memcpy(halves, key.data(), sizeof(halves));
  return halves[0] ^ (halves[1] * 0x9e3779b97f4a7c15U);
}

void memory_place::put(const godwit::sdk::spool_operation& op) {
  std::string joined;
  joined.reserve(op.head.size() + op.tail.size());
  joined.append(op.head).append(op.tail);
  auto record = std::make_shared<const std::string>(std::move(joined));
  const std::lock_guard lock(mutex_);
  auto& at = records_[op.key];
  const auto before = at ? cost(*at) : 0;
  size_ += cost(*record) - before;
  budget_->change(before, cost(*record));
  at = std::move(record);
}

void memory_place::erase(const spool_key& key) {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  if (at == records_.end()) return;
  size_ -= cost(*at->second);
  budget_->change(cost(*at->second), 0);
  records_.erase(at);
}

std::shared_ptr<const std::string> memory_place::find(const spool_key& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = records_.find(key);
  return at == records_.end() ? nullptr : at->second;
}

bool memory_place::contains(const spool_key& key) const {
  const std::lock_guard lock(mutex_);
  return records_.contains(key);
}

std::vector<spool_key> memory_place::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<spool_key> all;
  all.reserve(records_.size());
  for (const auto& [key, unused] : records_) all.push_back(key);
  return all;
}

std::shared_ptr<memory_place> place_directory::take(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto& place = places_[path];
  if (!place) place = std::make_shared<memory_place>(budget_);
  if (!place->take()) throw godwit::sdk::failure(fmt::format("{} is open already: give each store its own path", path));
  return place;
}

}  // namespace memory_spool
