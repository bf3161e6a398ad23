#pragma once
// The RocksDB kind. With both tables in one database one log record and one flush carry body and metadata of a whole
// group, and a group is applied entirely or not at all.

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "spool/record_store.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Status;
class WriteBatch;
}  // namespace rocksdb

namespace godwit::spool {

class rocks_gauges;

class rocks_store : public record_store {
 public:
  /// Both tables: column families `meta`, `data` and `bodies` of one database at meta.path; data files at data.path.
  static result<std::unique_ptr<record_store>> open_pair(const store_options& data, const store_options& meta);
  /// One table in the default column family: KumoMTA's layout.
  static result<std::unique_ptr<record_store>> open_single(table only, const store_options& o);
  /// There is a database at `path` which has no column family but the default one.
  static bool is_single(const std::string& path);

  ~rocks_store() override;

  result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) override;
  bool try_erase(std::span<const operation> erases) override;
  result<std::optional<std::string>> load(table where, const uuid& key) override;
  result<bool> contains(table where, const uuid& key) override;
  result<void> each_meta(const record_visitor& visit) override;
  result<void> each_loose_body(const key_visitor& visit) override;
  result<void> probe() override;
  void close() override;
  void sample() override;

 private:
  /// How the database was opened, to open it again.
  struct layout;

  explicit rocks_store(layout how);
  result<void> open();
  result<void> reopen();
  error not_open() const;
  void shut();

  rocksdb::ColumnFamilyHandle* family(table t) const { return t == table::data ? data_ : meta_; }
  void append(rocksdb::WriteBatch& batch, const operation& op) const;
  rocksdb::Status write(rocksdb::WriteBatch& batch);
  result<void> describe(std::string_view doing, const rocksdb::Status& s) const;

  const std::unique_ptr<const layout> layout_;
  /// Readers, and who removes beside the committer, share it; alone has it who exchanges the database. The committer, who
  /// does that, needs none for commits.
  std::shared_mutex exchange_;
  std::unique_ptr<rocksdb::DB> db_;  ///< null when it could not be opened again, and after close()
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;  ///< owned through db_
  rocksdb::ColumnFamilyHandle* data_ = nullptr;
  rocksdb::ColumnFamilyHandle* meta_ = nullptr;
  /// Keys of bodies stored apart, without values: to look for lost ones without reading every body. Null: not kept.
  rocksdb::ColumnFamilyHandle* bodies_ = nullptr;
  std::mutex writing_;  ///< whoever writes its log
  std::atomic<bool> is_damaged_{false};  ///< a write failed: its log must not be touched before a probe
  std::unique_ptr<rocksdb::WriteBatch> batch_;  ///< kept for its memory
  std::unique_ptr<rocks_gauges> gauges_;        ///< made by the first sample()
};

}  // namespace godwit::spool
