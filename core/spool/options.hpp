#pragma once
// Options of one store: kumo.define_spool and its rocks_params (KumoMTA: Lua API). Declared in options.cpp.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "config/options.hpp"

namespace godwit::spool {

/// One of the two built-in kinds, or one that a module provides (kind_registry.hpp).
struct store_kind {
  std::string_view name;  ///< static, or kept for the life of the process

  constexpr bool operator==(const store_kind&) const = default;
  bool is_provided() const;
  static const store_kind local_disk, rocks_db;
};
inline constexpr store_kind store_kind::local_disk{"LocalDisk"};
inline constexpr store_kind store_kind::rocks_db{"RocksDB"};

inline bool store_kind::is_provided() const { return *this != local_disk && *this != rocks_db; }

/// "10%" or an absolute number.
struct free_threshold {
  bool is_percent = true;
  std::uint64_t amount = 10;
};

enum class compression { none, snappy, zlib, bz2, lz4, lz4hc, zstd };

struct rocks_options {
  std::optional<int> increase_parallelism;
  std::optional<std::uint64_t> optimize_level_style_compaction, optimize_universal_style_compaction;
  bool paranoid_checks = true;  ///< differs from the reference (false): see rocks_tuning.cpp
  compression compression_type = compression::snappy;
  std::optional<std::uint64_t> compaction_readahead_size;
  bool level_compaction_dynamic_level_bytes = false;
  std::optional<int> max_open_files;
  std::optional<std::uint64_t> write_buffer_size;
  std::optional<int> level0_stop_writes_trigger;
  std::string log_level = "Info";
  std::optional<std::uint64_t> memtable_huge_page_size;
  duration log_file_time_to_roll = std::chrono::hours(24);
  duration obsolete_files_period = std::chrono::hours(6);
  std::optional<std::uint64_t> limit_concurrent_stores, limit_concurrent_loads, limit_concurrent_removes;
  duration store_deadline = std::chrono::seconds(30);
  duration error_latch_duration = std::chrono::seconds(15);
  duration error_unlatch_duration = std::chrono::minutes(5);
  bool allow_error_unlatch = true;
};

struct store_options {
  std::string name;  ///< "data" or "meta"
  std::string path;
  store_kind kind = store_kind::rocks_db;  ///< differs from the reference (LocalDisk): design.md section 5
  bool flush = true;                       ///< differs from the reference (false): durable by default
  free_threshold min_free_space, min_free_inodes;
  rocks_options rocks_params;
};

const config::options<store_options>& store_option_table();

}  // namespace godwit::spool

template <>
struct godwit::config::table_of<godwit::spool::store_options> {
  static const options<godwit::spool::store_options>& get() { return godwit::spool::store_option_table(); }
};
