#include "spool/local_store.hpp"

#include <algorithm>

namespace godwit::spool {

namespace {

bool is_put(const operation& op) { return op.what == operation::kind::put; }

}  // namespace

result<std::unique_ptr<record_store>> local_store::open_pair(const store_options& data, const store_options& meta) {
  auto data_tree = file_tree::open(data.path);
  if (!data_tree) return data_tree.why();
  auto meta_tree = file_tree::open(meta.path);
  if (!meta_tree) return meta_tree.why();
  return std::unique_ptr<record_store>(new local_store(std::move(*data_tree), std::move(*meta_tree)));
}

result<std::unique_ptr<record_store>> local_store::open_single(table only, const store_options& o) {
  auto tree = file_tree::open(o.path);
  if (!tree) return tree.why();
  const bool is_data = only == table::data;
  std::optional<file_tree> mine(std::move(*tree));
  return std::unique_ptr<record_store>(is_data ? new local_store(std::move(mine), std::nullopt)
                                        : new local_store(std::nullopt, std::move(mine)));
}

result<void> local_store::commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) {
  for (const auto& op : group) {
    if (is_put(op)) continue;
    if (auto erased = tree(op.where).erase(op.key); !erased) return erased;
  }
  auto stored = put_all(group, wanted == durability::synced, flushes);
  if (!stored) {
    for (const auto& op : group) {
      if (is_put(op)) tree(op.where).discard(op.key);
    }
  }
  return stored;
}

/// A name under data/ always leads to complete contents, also after a power cut: contents are flushed before the
/// renames, the renames before the messages are acknowledged.
///
/// Both by syncfs, which carries a group of any size. File by file and directory by directory one message takes twelve
/// flushes (two files and ten directories, since nearly every record has a leaf directory of its own). Measured on
/// ext4 that gave half the rate for groups of one and a quarter for groups of ten, and still less beside compilers.
/// The price: syncfs also waits for what other programs have written. A spool deserves its own file system.
result<void> local_store::put_all(std::span<const operation> group, bool is_synced, std::uint64_t& flushes) {
  if (std::none_of(group.begin(), group.end(), is_put)) return {};
  for (const auto& op : group) {
    if (!is_put(op)) continue;
    if (auto staged = tree(op.where).stage(op.key, op.head, op.tail); !staged) return staged;
  }
  if (is_synced) {
    if (auto flushed = flush(flushes); !flushed) return flushed;
  }
  if (auto published = publish_all(group); !published) return published;
  return is_synced ? flush(flushes) : result<void>{};
}

/// Data before meta: what a crash leaves is then a body without a message, never a message without its body.
result<void> local_store::publish_all(std::span<const operation> group) {
  for (const auto where : {table::data, table::meta}) {
    for (const auto& op : group) {
      if (!is_put(op) || op.where != where) continue;
      if (auto published = tree(where).publish(op.key); !published) return published;
    }
  }
  return {};
}

result<void> local_store::flush(std::uint64_t& flushes) {
  const bool is_one_device = data_ && meta_ && data_->device() == meta_->device();
  for (const auto* t : {&data_, &meta_}) {
    if (!*t || (is_one_device && t == &meta_)) continue;
    ++flushes;
    if (auto flushed = (*t)->flush(); !flushed) return flushed;
  }
  return {};
}

result<std::optional<std::string>> local_store::load(table where, const uuid& key) { return tree(where).load(key); }

result<bool> local_store::contains(table where, const uuid& key) { return tree(where).contains(key); }

result<void> local_store::each_meta(const record_visitor& visit) {
  result<void> outcome;
  auto walked = meta_->walk([&](const uuid& key) {
    auto bytes = meta_->load(key);
    if (!bytes) outcome = bytes.why();
    return !bytes || !*bytes || visit(key, **bytes);
  });
  return walked ? outcome : walked;
}

result<void> local_store::each_loose_body(const key_visitor& visit) { return data_->walk(visit); }

result<void> local_store::probe() {
  auto outcome = data_ ? data_->probe() : result<void>{};
  if (outcome && meta_) outcome = meta_->probe();
  return outcome;
}

void local_store::close() {
  std::uint64_t ignored = 0;
  (void)flush(ignored);
  data_.reset();
  meta_.reset();
}

}  // namespace godwit::spool
