#pragma once
// What RocksDB says about itself, as gauges (KumoMTA: metrics, rocks_spool_*).

#include <memory>
#include <string>
#include <vector>

#include "metrics/registry.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace godwit::spool {

/// Used on one thread.
class rocks_gauges {
 public:
  explicit rocks_gauges(const std::string& path);
  void sample(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families);

 private:
  struct property_gauge {
    std::string property;  ///< RocksDB's name
    bool is_of_family;     ///< summed over the column families
    std::shared_ptr<metrics::gauge> gauge;
  };
  std::vector<property_gauge> all_;
  std::shared_ptr<metrics::gauge> cache_;
};

}  // namespace godwit::spool
