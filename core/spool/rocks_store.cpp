#include "spool/rocks_store.hpp"

#include <cstring>
#include <filesystem>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

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

rocks_store::rocks_store() : batch_(std::make_unique<rocksdb::WriteBatch>()) {}

rocks_store::~rocks_store() { close(); }

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
  std::unique_ptr<rocks_store> self(new rocks_store);
  rocksdb::DB* db = nullptr;
  const auto s = rocksdb::DB::Open(database_tuning(meta.rocks_params), meta.path, families, &self->handles_, &db);
  if (!s.ok()) return cannot_open(meta.path, s);
  self->db_.reset(db);
  self->path_ = meta.path;
  self->meta_ = self->handles_[1];
  self->data_ = self->handles_[2];
  self->bodies_ = self->handles_[3];
  return std::unique_ptr<record_store>(std::move(self));
}

result<std::unique_ptr<record_store>> rocks_store::open_single(table only, const store_options& o) {
  const auto family = only == table::data ? data_tuning(o.rocks_params) : meta_tuning(o.rocks_params);
  std::unique_ptr<rocks_store> self(new rocks_store);
  rocksdb::DB* db = nullptr;
  const auto s = rocksdb::DB::Open(database_tuning(o.rocks_params), o.path,
                                   {{rocksdb::kDefaultColumnFamilyName, family}}, &self->handles_, &db);
  if (!s.ok()) return cannot_open(o.path, s);
  self->db_.reset(db);
  self->path_ = o.path;
  (only == table::data ? self->data_ : self->meta_) = self->handles_[0];
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
  batch_->Clear();
  for (const auto& op : group) append(*batch_, op);
  rocksdb::WriteOptions o;
  o.sync = wanted == durability::synced;
  flushes += o.sync ? 1 : 0;
  const auto s = db_->Write(o, batch_.get());
  if (batch_->GetDataSize() > batch_memory_kept) batch_ = std::make_unique<rocksdb::WriteBatch>();
  return describe("write to", s);
}

result<void> rocks_store::describe(std::string_view doing, const rocksdb::Status& s) const {
  if (s.ok()) return {};
  return fail("spool: cannot {} {}: {}", doing, path_, s.ToString());
}

result<std::optional<std::string>> rocks_store::load(table where, const uuid& key) {
  std::string bytes;
  const auto s = db_->Get(rocksdb::ReadOptions{}, family(where), slice(key), &bytes);
  if (s.IsNotFound()) return std::optional<std::string>{};
  if (auto read = describe("read from", s); !read) return read.why();
  return std::optional(std::move(bytes));
}

result<bool> rocks_store::contains(table where, const uuid& key) {
  rocksdb::PinnableSlice ignored;
  const auto s = db_->Get(rocksdb::ReadOptions{}, family(where), slice(key), &ignored);
  if (s.IsNotFound()) return false;
  if (auto read = describe("read from", s); !read) return read.why();
  return true;
}

result<void> rocks_store::each_meta(const record_visitor& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options(), meta_));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto key = read_key(at->key());
    if (key && !visit(*key, at->value().ToStringView())) break;
  }
  return describe("enumerate", at->status());
}

result<void> rocks_store::each_loose_body(const key_visitor& visit) {
  // In the pair only a body stored apart can be lost: everything else comes and goes in one batch with its metadata.
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(scan_options(), bodies_ ? bodies_ : data_));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto key = read_key(at->key());
    if (key && !visit(*key)) break;
  }
  return describe("enumerate", at->status());
}

result<void> rocks_store::probe() {
  // Clears a background error once its cause is gone; answers Busy or Aborted while RocksDB recovers by itself.
  if (auto resumed = describe("resume", db_->Resume()); !resumed) return resumed;
  rocksdb::WriteBatch nothing;
  nothing.PutLogData("probe");
  rocksdb::WriteOptions o;
  o.sync = true;
  return describe("write to", db_->Write(o, &nothing));
}

void rocks_store::close() {
  if (!db_) return;
  // What was committed unsynced becomes durable before the lock is given up.
  db_->SyncWAL();
  for (auto* h : handles_) db_->DestroyColumnFamilyHandle(h);
  handles_.clear();
  db_->Close();
  db_.reset();
}

}  // namespace godwit::spool
