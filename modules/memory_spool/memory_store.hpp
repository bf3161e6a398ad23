#pragma once
// An open store over the places of one or both tables.

#include <memory>

#include "memory_place.hpp"

namespace memory_spool {

using group_of_operations = std::vector<godwit::sdk::spool_operation>;

class memory_store final : public godwit::sdk::spool_store {
 public:
  /// A path that is absent: the table is another store's.
  memory_store(place_directory& places, std::optional<std::string> data, std::optional<std::string> meta);
  ~memory_store() override;

  std::uint64_t commit(const group_of_operations& group, bool is_synced) override;
  bool load(godwit::sdk::spool_table where, const godwit::sdk::spool_key& key, const reader& take) override;
  bool contains(godwit::sdk::spool_table where, const godwit::sdk::spool_key& key) override;
  void each_meta(const visitor& visit) override;
  void each_loose_body(const visitor& visit) override;
  void probe() override;

 private:
  memory_place& of(godwit::sdk::spool_table table);
  std::uint64_t wanted(const group_of_operations& group);
  void make_room(const group_of_operations& group);

  const std::shared_ptr<budget> budget_;
  std::shared_ptr<memory_place> data_, meta_;
};

}  // namespace memory_spool
