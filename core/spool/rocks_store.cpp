#include "spool/rocks_store.hpp"

#include <cstring>
#include <filesystem>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/thread_name.hpp"
#include "log/log.hpp"
#include "spool/rocks_gauges.hpp"
#include "spool/rocks_tuning.hpp"

namespace godwit::spool {

namespace {

/// A batch that carried one huge group gives its memory back.
constexpr std::size_t batch_memory_kept = 4 * 1024 * 1024;

rocksdb::Slice slice(const uuid& key) { return {reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size()}; }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

std::optional<uuid> read_key(const rocksdb::Slice& s) {
  uuid key;
  if (s.size() != key.bytes.size()) return std::nullopt;
  std::memcpy(key.bytes.data(), s.data(), key.bytes.size());
  return key;
}

/// Scans once: what it reads must not push hot blocks out of the cache.
rocksdb::ReadOptions scan_options() {
  rocksdb::ReadOptions o;
  o.fill_cache = false;
  o.readahead_size = 2 * 1024 * 1024;
  return o;
}

error cannot_open(const std::string& path, const rocksdb::Status& s) {
  return fail("spool: cannot open the RocksDB database at {}: {}", path, s.ToString());
}

}  // namespace

struct rocks_store::layout {
  std::string path;
  rocksdb::DBOptions tuning;
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<rocksdb::ColumnFamilyHandle* rocks_store::*> places = {};  ///< whose handle each family is, null: none
};

rocks_store::rocks_store(layout how)
    : layout_(std::make_unique<const layout>(std::move(how))), batch_(std::make_unique<rocksdb::WriteBatch>()) {}

rocks_store::~rocks_store() { close(); }

result<void> rocks_store::open() {
  rocksdb::DB* db = nullptr;
  const lent_thread_name name("rocksdb:timer");  // the one that it does not name itself
  const auto s = rocksdb::DB::Open(layout_->tuning, layout_->path, layout_->families, &handles_, &db);
  if (!s.ok()) return cannot_open(layout_->path, s);
  db_.reset(db);
  for (std::size_t i = 0; i < handles_.size(); ++i) {
    if (const auto place = layout_->places[i]) this->*place = handles_[i];
  }
  return {};
}

bool rocks_store::is_single(const std::string& path) {
  if (!std::filesystem::exists(std::filesystem::path(path) / "CURRENT")) return false;
  std::vector<std::string> names;
  const auto s = rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions{}, path, &names);
  return s.ok() && names.size() == 1;
}

result<std::unique_ptr<record_store>> rocks_store::open_pair(const store_options& data, const store_options& meta) {
  auto data_family = data_tuning(data.rocks_params);
  if (data.path != meta.path) data_family.cf_paths = {{data.path, std::uint64_t{1} << 62}};
  rocksdb::ColumnFamilyOptions keys_only;
  keys_only.write_buffer_size = 4 * 1024 * 1024;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families{
      {rocksdb::kDefaultColumnFamilyName, keys_only},
      {"meta", meta_tuning(meta.rocks_params)},
      {"data", data_family},
      {"bodies", keys_only}};
  layout how{meta.path, database_tuning(meta.rocks_params), families};
  how.places = {nullptr, &rocks_store::meta_, &rocks_store::data_, &rocks_store::bodies_};
  std::unique_ptr<rocks_store> self(new rocks_store(std::move(how)));
  if (auto opened = self->open(); !opened) return opened.why();
  return std::unique_ptr<record_store>(std::move(self));
}

result<std::unique_ptr<record_store>> rocks_store::open_single(table only, const store_options& o) {
  const auto family = only == table::data ? data_tuning(o.rocks_params) : meta_tuning(o.rocks_params);
  layout how{o.path, database_tuning(o.rocks_params), {{rocksdb::kDefaultColumnFamilyName, family}}};
  how.places = {only == table::data ? &rocks_store::data_ : &rocks_store::meta_};
  std::unique_ptr<rocks_store> self(new rocks_store(std::move(how)));
  if (auto opened = self->open(); !opened) return opened.why();
  return std::unique_ptr<record_store>(std::move(self));
}

void rocks_store::append(rocksdb::WriteBatch& batch, const operation& op) const {
  const auto key = slice(op.key);
  if (op.what == operation::kind::erase) {
    batch.Delete(family(op.where), key);
    if (op.is_body && bodies_) batch.Delete(bodies_, key);
    return;
  }
  const rocksdb::Slice pieces[] = {slice(op.head), slice(op.tail)};
  batch.Put(family(op.where), rocksdb::SliceParts(&key, 1), rocksdb::SliceParts(pieces, 2));
  if (op.is_body && bodies_) batch.Put(bodies_, key, rocksdb::Slice());
}

result<void> rocks_store::commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) {
  if (!db_) return not_open();
  batch_->Clear();
  for (const auto& op : group) append(*batch_, op);
  auto s = write(*batch_);
  if (s.ok() && wanted == durability::synced) {
    ++flushes;
    s = db_->SyncWAL();  // not with the write: others could not write until the disk has answered
    if (!s.ok()) is_damaged_ = true;
  }
  if (batch_->GetDataSize() > batch_memory_kept) batch_ = std::make_unique<rocksdb::WriteBatch>();
  return describe("write to", s);
}

bool rocks_store::try_erase(std::span<const operation> erases) {
  const std::shared_lock lock(exchange_, std::try_to_lock);
  if (!lock || !db_ || is_damaged_) return false;
  rocksdb::WriteBatch batch;
  for (const auto& op : erases) append(batch, op);
  return write(batch).ok();
}

/// Nothing follows a write that failed, be it the committer's or that of a removal beside it: with paranoid_checks = false
/// RocksDB itself would go on, and what stands behind a torn record is not found after a crash.
rocksdb::Status rocks_store::write(rocksdb::WriteBatch& batch) {
  const std::lock_guard turn(writing_);
  if (is_damaged_) return rocksdb::Status::Aborted("a write of its log has failed; it is tried again later");
  auto s = db_->Write(rocksdb::WriteOptions{}, &batch);
  is_damaged_ = !s.ok();
  return s;
}

error rocks_store::not_open() const {
  return fail("spool: the database at {} is not open: it could not be opened again after an error", layout_->path);
}

void rocks_store::sample() {
  const std::shared_lock lock(exchange_);
  if (!db_) return;
  if (!gauges_) gauges_ = std::make_unique<rocks_gauges>(layout_->path);
  gauges_->sample(*db_, handles_);
}

result<void> rocks_store::describe(std::string_view doing, const rocksdb::Status& s) const {
  if (s.ok()) return {};
  return fail("spool: cannot {} {}: {}", doing, layout_->path, s.ToString());
}

result<std::optional<std::string>> rocks_store::load(table where, const uuid& key) {
  const std::shared_lock lock(exchange_);
  if (!db_) return not_open();
  std::string bytes;
  const auto s = db_->Get(rocksdb::ReadOptions{}, family(where), slice(key), &bytes);
  if (s.IsNotFound()) return std::optional<std::string>{};
  if (auto read = describe("read from", s); !read) return read.why();
  return std::optional(std::move(bytes));
}

result<bool> rocks_store::contains(table where, const uuid& key) {
  const std::shared_lock lock(exchange_);
  if (!db_) return not_open();
  rocksdb::PinnableSlice ignored;
  const auto s = db_->Get(rocksdb::ReadOptions{}, family(where), slice(key), &ignored);
  if (s.IsNotFound()) return false;
  if (auto read = describe("read from", s); !read) return read.why();
  return true;
}

result<void> rocks_store::each_meta(const record_visitor& visit) {
  const std::shared_lock lock(exchange_);
  if (!db_) return not_open();
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options(), meta_));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto key = read_key(at->key());
    if (key && !visit(*key, at->value().ToStringView())) break;
  }
  return describe("enumerate", at->status());
}

result<void> rocks_store::each_loose_body(const key_visitor& visit) {
  const std::shared_lock lock(exchange_);
  if (!db_) return not_open();
  // In the pair only a body stored apart can be lost: everything else comes and goes in one batch with its metadata.
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options(), bodies_ ? bodies_ : data_));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto key = read_key(at->key());
    if (key && !visit(*key)) break;
  }
  return describe("enumerate", at->status());
}

result<void> rocks_store::probe() {
  // With paranoid_checks = false Resume() knows of no error, and the log would go on behind what failed.
  const bool is_unknown = is_damaged_ && !layout_->tuning.paranoid_checks;
  if (!db_ || is_unknown) {
    if (auto opened = reopen(); !opened) return opened;
  }
  // Clears a background error once its cause is gone; answers Busy or Aborted while RocksDB recovers by itself. After
  // a failed write of its log it clears nothing for the rest of its life: the next one reads the log anew.
  const auto resumed = db_->Resume();
  if (!resumed.ok() && !resumed.IsBusy() && !resumed.IsAborted()) {
    if (auto opened = reopen(); !opened) return opened;
  }
  rocksdb::WriteBatch nothing;
  nothing.PutLogData("probe");
  rocksdb::WriteOptions o;
  o.sync = true;
  auto written = describe("write to", db_->Write(o, &nothing));
  is_damaged_ = !written;
  return written;
}

result<void> rocks_store::reopen() {
  // Not waited for: whoever lists the spool holds it for long, and may itself wait for somebody who reads.
  const std::unique_lock lock(exchange_, std::try_to_lock);
  if (!lock) return fail("spool: the database at {} is being read; it is opened again a little later", layout_->path);
  log::warn("spool", "opening the database at {} again", layout_->path);
  shut();
  return open();
}

void rocks_store::shut() {
  if (!db_) return;
  for (auto* h : handles_) db_->DestroyColumnFamilyHandle(h);
  handles_.clear();
  db_->Close();
  db_.reset();
}

void rocks_store::close() {
  const std::unique_lock lock(exchange_);
  // What was committed unsynced becomes durable before the lock is given up.
  if (db_ && !is_damaged_) db_->SyncWAL();
  shut();
}

}  // namespace godwit::spool
