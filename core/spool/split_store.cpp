#include "spool/split_store.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "log/log.hpp"
#include "spool/kind_registry.hpp"
#include "spool/local_store.hpp"
#include "spool/rocks_store.hpp"

namespace godwit::spool {

bool split_store::has_put(std::span<const operation> part) {
  return std::any_of(part.begin(), part.end(), [](const auto& op) { return op.what == operation::kind::put; });
}

result<void> split_store::commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) {
  std::set<uuid> stored;
  for (const auto& op : group) {
    if (op.where == table::data && op.what == operation::kind::put) stored.insert(op.key);
  }
  std::vector<operation> bodies, envelopes, old_bodies;
  for (const auto& op : group) {
    // An erase before a put of the same key stays before it.
    auto& part = op.where == table::meta ? envelopes : stored.contains(op.key) ? bodies : old_bodies;
    part.push_back(op);
  }
  for (const auto& [to, part] : {std::pair{data_.get(), &bodies}, {meta_.get(), &envelopes}, {data_.get(), &old_bodies}}) {
    if (part->empty()) continue;
    auto written = to->commit(*part, has_put(*part) ? wanted : durability::buffered, flushes);
    if (!written) return written;
  }
  return {};
}

bool split_store::try_erase(std::span<const operation> erases) {
  for (const auto t : {table::meta, table::data}) {
    std::vector<operation> part;
    std::copy_if(erases.begin(), erases.end(), std::back_inserter(part), [t](const auto& op) { return op.where == t; });
    if (!part.empty() && !of(t).try_erase(part)) return false;
  }
  return true;
}

result<std::optional<std::string>> split_store::load(table where, const uuid& key) {
  return of(where).load(where, key);
}

result<bool> split_store::contains(table where, const uuid& key) { return of(where).contains(where, key); }

result<void> split_store::probe() {
  if (auto ready = data_->probe(); !ready) return ready;
  return meta_->probe();
}

void split_store::close() {
  data_->close();
  meta_->close();
}

namespace {

result<std::unique_ptr<record_store>> open_provided(std::string_view kind, const store_options* data, const store_options* meta) {
  const auto provided = find_kind(kind);
  if (!provided) return fail("spool: {}", why_no_kind(kind));
  if (provided->is_volatile) {
    log::warn("spool", "kind {} keeps messages in memory alone: mail that was accepted is lost when the process ends",
              provided->name);
  }
  return provided->open(data, meta);
}

result<std::unique_ptr<record_store>> open_single(table only, const store_options& o) {
  if (o.kind.is_provided()) return open_provided(o.kind.name, only == table::data ? &o : nullptr, only == table::meta ? &o : nullptr);
  return o.kind == store_kind::rocks_db ? rocks_store::open_single(only, o) : local_store::open_single(only, o);
}

}  // namespace

result<std::unique_ptr<record_store>> open_store(const store_options& data, const store_options& meta) {
  for (const auto* o : {&data, &meta}) {
    if (!has_directory(*o)) continue;
    std::error_code failed;
    std::filesystem::create_directories(o->path, failed);
    if (failed) return fail("spool: cannot create {}: {}", o->path, failed.message());
  }
  std::error_code ignored;
  if (has_directory(data) && has_directory(meta) && std::filesystem::equivalent(data.path, meta.path, ignored)) {
    return fail("spool: data and meta have the same path {}: give each its own", data.path);
  }
  if (data.kind.is_provided() && data.kind == meta.kind) return open_provided(data.kind.name, &data, &meta);
  const bool is_rocks = data.kind == store_kind::rocks_db && meta.kind == store_kind::rocks_db;
  const bool is_foreign = is_rocks && (rocks_store::is_single(data.path) || rocks_store::is_single(meta.path));
  if (is_foreign) {
    log::info("spool", "{} holds a database of KumoMTA's layout: it is kept; two flushes a group instead of one",
              meta.path);
  }
  if (is_rocks && !is_foreign) return rocks_store::open_pair(data, meta);
  if (data.kind == store_kind::local_disk && meta.kind == store_kind::local_disk) {
    return local_store::open_pair(data, meta);
  }
  auto first = open_single(table::data, data);
  if (!first) return first.why();
  auto second = open_single(table::meta, meta);
  if (!second) return second.why();
  return std::unique_ptr<record_store>(std::make_unique<split_store>(std::move(*first), std::move(*second)));
}

}  // namespace godwit::spool
