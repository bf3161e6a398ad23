#include "spool/rocks_gauges.hpp"

#include <set>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>

namespace godwit::spool {

namespace {

constexpr bool of_family = true, of_database = false;

struct row {
  const char* metric;
  const char* property;
  bool is_of_family;
};

constexpr row rows[] = {
    {"rocks_spool_actual_delayed_write_rate", "rocksdb.actual-delayed-write-rate", of_database},
    {"rocks_spool_background_errors", "rocksdb.background-errors", of_database},
    {"rocks_spool_compaction_pending", "rocksdb.compaction-pending", of_family},
    {"rocks_spool_estimate_pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes", of_family},
    {"rocks_spool_mem_table_readers_total", "rocksdb.estimate-table-readers-mem", of_family},
    {"rocks_spool_mem_table_total", "rocksdb.cur-size-all-mem-tables", of_family},
    {"rocks_spool_mem_table_unflushed", "rocksdb.cur-size-active-mem-table", of_family},
    {"rocks_spool_num_running_compactions", "rocksdb.num-running-compactions", of_database},
    {"rocks_spool_write_stopped", "rocksdb.is-write-stopped", of_database},
};

/// Families may share a cache.
std::size_t cache_bytes(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  std::set<const rocksdb::Cache*> seen;
  std::size_t total = 0;
  for (auto* family : families) {
    const auto options = db.GetOptions(family);
    const auto* table = options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>();
    if (table && table->block_cache && seen.insert(table->block_cache.get()).second) total += table->block_cache->GetUsage();
  }
  return total;
}

}  // namespace

rocks_gauges::rocks_gauges(const std::string& path) {
  const metrics::labels where{{"path", path}};
  for (const auto& r : rows) all_.push_back({r.property, r.is_of_family, metrics::get_gauge(r.metric, {}, where)});
  cache_ = metrics::get_gauge("rocks_spool_cache_total", {}, where);
}

void rocks_gauges::sample(rocksdb::DB& db, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  for (const auto& one : all_) {
    std::uint64_t total = 0, n = 0;
    if (one.is_of_family) {
      for (auto* family : families)
        if (db.GetIntProperty(family, one.property, &n)) total += n;
    } else if (db.GetIntProperty(one.property, &n)) {
      total = n;
    }
    one.gauge->set(static_cast<std::int64_t>(total));
  }
  cache_->set(static_cast<std::int64_t>(cache_bytes(db, families)));
}

}  // namespace godwit::spool
