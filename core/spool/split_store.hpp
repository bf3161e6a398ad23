#pragma once
// Tables of different kinds, or of two databases: of each group what is stored goes to `data` first, then to `meta`, and
// what is removed the other way round. What a crash leaves between the two is a body without a message, which the next
// enumeration sweeps.

#include <vector>

#include "spool/record_store.hpp"

namespace godwit::spool {

class split_store : public record_store {
 public:
  split_store(std::unique_ptr<record_store> data, std::unique_ptr<record_store> meta)
      : data_(std::move(data)), meta_(std::move(meta)) {}

  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) override;
  bool try_erase(std::span<const operation> erases) override;
  result<std::optional<std::string>> load(table where, const uuid& key) override;
  result<bool> contains(table where, const uuid& key) override;
  result<void> each_meta(const record_visitor& visit) override { return meta_->each_meta(visit); }
  result<void> each_loose_body(const key_visitor& visit) override { return data_->each_loose_body(visit); }
  result<void> probe() override;
  void close() override;
  void sample() override {
    data_->sample();
    meta_->sample();
  }

 private:
  record_store& of(table t) { return t == table::data ? *data_ : *meta_; }
  static bool has_put(std::span<const operation> part);

  std::unique_ptr<record_store> data_, meta_;
};

}  // namespace godwit::spool
