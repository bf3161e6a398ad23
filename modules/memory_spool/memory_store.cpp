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

/// Of new records alone: what was accepted can be worked on and delivered in a full store, which makes room.
std::uint64_t memory_store::wanted(const group_of_operations& group) {
  std::uint64_t bytes = 0;
  for (const auto& op : group) {
    if (op.is_put && !of(op.table).contains(op.key)) bytes += cost_of(op.head.size() + op.tail.size());
  }
  return bytes;
}

/// Throws when there is none, also without what the group erases: that has gone by then.
void memory_store::make_room(const group_of_operations& group) {
  const auto bytes = wanted(group);
  if (bytes == 0 || budget_->has_room(bytes)) return;
  for (const auto& op : group)
    if (!op.is_put) of(op.table).erase(op.key);
  if (budget_->has_room(bytes)) return;
  throw godwit::sdk::failure(fmt::format("memory spool is full: {} bytes are kept and {} more are wanted, max_size is {}",
                                         budget_->used(), bytes, budget_->limit()));
}

std::uint64_t memory_store::commit(const group_of_operations& group, bool) {
  make_room(group);
  for (const auto& op : group) {
    if (op.is_put)
      of(op.table).put(op);
    else
      of(op.table).erase(op.key);
  }
  return 0;
}

bool memory_store::load(spool_table where, const spool_key& key, const reader& take) {
  const auto record = of(where).find(key);
  if (record) take(*record);
  return record != nullptr;
}

bool memory_store::contains(spool_table where, const spool_key& key) { return of(where).contains(key); }

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

/// A full store works: as long as this failed the server would deliver nothing, and there would never be room.
void memory_store::probe() {}

}  // namespace memory_spool
