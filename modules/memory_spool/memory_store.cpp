#include "memory_store.hpp"

#include <fmt/format.h>

namespace memory_spool {

using godwit::sdk::spool_key;
using godwit::sdk::spool_table;

memory_store::memory_store(place_directory& places, std::optional<std::string> data, std::optional<std::string> meta)
    : budget_(places.total()) {
  if (data) data_ = places.take(*data);
  try {
    if (meta) meta_ = places.take(*meta);
  } catch (...) {
    if (data_) data_->give_back();
    throw;
  }
}

memory_store::~memory_store() {
  for (const auto& place : {data_, meta_})
    if (place) place->give_back();
}

memory_place& memory_store::of(spool_table table) {
  const auto& place = table == spool_table::data ? data_ : meta_;
  if (!place) throw godwit::sdk::failure("this store does not have that table");
  return *place;
}

void memory_store::require_room(std::uint64_t bytes) const {
  if (budget_->limit == 0 || budget_->used + bytes <= budget_->limit) return;
  throw godwit::sdk::failure(fmt::format("memory spool is full: {} bytes are kept, max_size is {}", budget_->used.load(),
                                         budget_->limit));
}

std::uint64_t memory_store::commit(const std::vector<godwit::sdk::spool_operation>& group, bool) {
  std::uint64_t added = 0;
  for (const auto& op : group) {
    if (op.is_put)
      added += op.head.size() + op.tail.size();
    else
      of(op.table).erase(op.key);
  }
  if (added > 0) require_room(added);
  for (const auto& op : group)
    if (op.is_put) of(op.table).put(op);
  return 0;
}

bool memory_store::load(spool_table where, const spool_key& key, const reader& take) {
  const auto record = of(where).find(key);
  if (record) take(*record);
  return record != nullptr;
}

bool memory_store::contains(spool_table where, const spool_key& key) { return of(where).find(key) != nullptr; }

void memory_store::each_meta(const visitor& visit) {
  auto& place = of(spool_table::meta);
  for (const auto& key : place.keys()) {
    const auto record = place.find(key);
    if (record && !visit(key, *record)) return;
  }
}

void memory_store::each_loose_body(const visitor& visit) {
  for (const auto& key : of(spool_table::data).keys())
    if (!visit(key, {})) return;
}

void memory_store::probe() { require_room(1); }

}  // namespace memory_spool
