#pragma once
// The LocalDisk kind: one file a record, for one table or for both.

#include <optional>

#include "spool/file_tree.hpp"
#include "spool/record_store.hpp"

namespace godwit::spool {

class local_store : public record_store {
 public:
  static result<std::unique_ptr<record_store>> open_pair(const store_options& data, const store_options& meta);
  static result<std::unique_ptr<record_store>> open_single(table only, const store_options& o);

  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) override;
  result<std::optional<std::string>> load(table where, const uuid& key) override;
  result<bool> contains(table where, const uuid& key) override;
  result<void> each_meta(const record_visitor& visit) override;
  result<void> each_loose_body(const key_visitor& visit) override;
  result<void> probe() override;
  void close() override;

 private:
  local_store(std::optional<file_tree> data, std::optional<file_tree> meta)
      : data_(std::move(data)), meta_(std::move(meta)) {}

  file_tree& tree(table t) { return t == table::data ? *data_ : *meta_; }
  result<void> put_all(std::span<const operation> group, bool is_synced, std::uint64_t& flushes);
  result<void> publish_all(std::span<const operation> group);
  result<void> flush(std::uint64_t& flushes);

  std::optional<file_tree> data_, meta_;
};

}  // namespace godwit::spool
