#include "spool/rocks_tuning.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "spool/rocks_log.hpp"

namespace godwit::spool {

namespace {

constexpr std::size_t mebibyte = 1024 * 1024;
constexpr int cache_shard_bits = 2;

rocksdb::CompressionType compression_of(compression c) {
  switch (c) {
    case compression::none: return rocksdb::kNoCompression;
    case compression::snappy: return rocksdb::kSnappyCompression;
    case compression::zlib: return rocksdb::kZlibCompression;
    case compression::bz2: return rocksdb::kBZip2Compression;
    case compression::lz4: return rocksdb::kLZ4Compression;
    case compression::lz4hc: return rocksdb::kLZ4HCCompression;
    case compression::zstd: return rocksdb::kZSTD;
  }
  return rocksdb::kNoCompression;
}

rocksdb::InfoLogLevel log_level_of(std::string_view name) {
  if (name == "Debug") return rocksdb::DEBUG_LEVEL;
  if (name == "Warn") return rocksdb::WARN_LEVEL;
  if (name == "Error") return rocksdb::ERROR_LEVEL;
  if (name == "Fatal") return rocksdb::FATAL_LEVEL;
  if (name == "Header") return rocksdb::HEADER_LEVEL;
  return rocksdb::INFO_LEVEL;
}

/// Index and filter blocks live in the cache: memory follows this budget, not the number of queued messages. They are made
/// of parts, and the cache of few shards, because a block larger than a shard is read from disk for each look-up: the
/// filter of half a million messages was.
std::shared_ptr<rocksdb::TableFactory> table_format() {
  rocksdb::BlockBasedTableOptions t;
  t.block_cache = rocksdb::NewLRUCache(32 * mebibyte, cache_shard_bits);
  t.cache_index_and_filter_blocks = true;
  t.pin_l0_filter_and_index_blocks_in_cache = true;
  t.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  t.partition_filters = true;
  t.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  t.format_version = 5;
  return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(t));
}

void apply(rocksdb::ColumnFamilyOptions& cf, const rocks_options& o) {
  cf.table_factory = table_format();
  if (o.optimize_level_style_compaction) cf.OptimizeLevelStyleCompaction(*o.optimize_level_style_compaction);
  if (o.optimize_universal_style_compaction) cf.OptimizeUniversalStyleCompaction(*o.optimize_universal_style_compaction);
  // After the two above, which bring compression settings of their own.
  cf.compression_per_level.clear();
  cf.compression = compression_of(o.compression_type);
  cf.optimize_filters_for_hits = true;  // what is looked up is nearly always there
  cf.level_compaction_dynamic_level_bytes = o.level_compaction_dynamic_level_bytes;
  if (o.write_buffer_size) cf.write_buffer_size = *o.write_buffer_size;
  if (o.level0_stop_writes_trigger) cf.level0_stop_writes_trigger = *o.level0_stop_writes_trigger;
  if (o.memtable_huge_page_size) cf.memtable_huge_page_size = *o.memtable_huge_page_size;
}

}  // namespace

rocksdb::DBOptions database_tuning(const rocks_options& o) {
  using std::chrono::duration_cast;
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  if (o.increase_parallelism) db.IncreaseParallelism(*o.increase_parallelism);
  // With false RocksDB goes on after a failed append to its log. The torn record then hides all that follows from
  // recovery, messages acknowledged later included. That is why the default is not the reference's.
  db.paranoid_checks = o.paranoid_checks;
  // A damaged place in the log costs the block of 32 KiB that it is in. The default mode would end there, and delete with
  // the log what had been acknowledged later. What a power cut left behind a hole was never acknowledged: each record is
  // whole in itself, and to deliver it is no harm.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  // All column families leave memory together: a body and its metadata reach the same point, and the log that held
  // both can go at once.
  db.atomic_flush = true;
  if (o.compaction_readahead_size) db.compaction_readahead_size = *o.compaction_readahead_size;
  if (o.max_open_files) db.max_open_files = *o.max_open_files;
  db.info_log_level = log_level_of(o.log_level);
  db.info_log = make_rocks_log(db.info_log_level);
  db.delete_obsolete_files_period_micros = duration_cast<std::chrono::microseconds>(o.obsolete_files_period).count();
  // One thread writes, seldom a second one: what makes several writers fast only costs.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.skip_stats_update_on_db_open = true;
  db.skip_checking_sst_file_sizes_on_db_open = true;
  return db;
}

rocksdb::ColumnFamilyOptions meta_tuning(const rocks_options& o) {
  rocksdb::ColumnFamilyOptions cf;
  cf.write_buffer_size = 32 * mebibyte;
  apply(cf, o);
  return cf;
}

rocksdb::ColumnFamilyOptions data_tuning(const rocks_options& o) {
  rocksdb::ColumnFamilyOptions cf;
  cf.write_buffer_size = 64 * mebibyte;
  cf.enable_blob_files = true;
  cf.min_blob_size = 1024;
  cf.blob_compression_type = compression_of(o.compression_type);
  cf.enable_blob_garbage_collection = true;
  cf.blob_garbage_collection_force_threshold = 0.8;
  apply(cf, o);
  return cf;
}

}  // namespace godwit::spool
