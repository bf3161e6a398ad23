#pragma once
// From rocks_params to RocksDB's own options, with the choices that suit a mail spool.

#include <string>

#include <rocksdb/options.h>

#include "spool/options.hpp"

namespace godwit::spool {

rocksdb::DBOptions database_tuning(const rocks_options& o);
/// Small records that are read when a message is about to be sent.
rocksdb::ColumnFamilyOptions meta_tuning(const rocks_options& o);
/// Bodies: most die young; those that live go to blob files, so that compaction does not rewrite them.
rocksdb::ColumnFamilyOptions data_tuning(const rocks_options& o);

}  // namespace godwit::spool
