#pragma once
// What a kind of spool implements: a key-value store for one or both tables, written in groups. commit() and probe()
// are called by the committer thread only, try_erase() by one more, sample() by the watchdog's; everything else by any thread of the
// blocking pool, at any time.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "spool/options.hpp"
#include "spool/record.hpp"
#include "spool/spool.hpp"

namespace godwit::spool {

class record_store {
 public:
  /// Return false to stop early.
  using record_visitor = std::function<bool(const uuid& key, std::string_view value)>;
  using key_visitor = std::function<bool(const uuid& key)>;

  virtual ~record_store() = default;

  /// Applies the group in order. On success and with `synced` it survives a power cut; with `buffered` a killed
  /// process. Several flushes may be needed: `flushes` counts them. On failure some of it may have been applied.
  virtual result<void> commit(std::span<const operation> group, durability wanted, std::uint64_t& flushes) = 0;

  /// Applies removals, `buffered`, while a commit() waits for the disk: of other keys than that commit has. False: not now,
  /// or this kind cannot; they are in a later group then, also those that have been applied.
  virtual bool try_erase(std::span<const operation> /*erases*/) { return false; }

  /// No value: there is no such record. An error: it could not be read.
  virtual result<std::optional<std::string>> load(table where, const uuid& key) = 0;
  virtual result<bool> contains(table where, const uuid& key) = 0;

  /// Every record of `meta`, in no order. What is committed meanwhile may or may not be seen.
  virtual result<void> each_meta(const record_visitor& visit) = 0;
  /// Keys of `data` records that a crash may have left without a message.
  virtual result<void> each_loose_body(const key_visitor& visit) = 0;

  /// After a failed commit: does what lets the next one succeed, and proves it by a small flushed write.
  virtual result<void> probe() = 0;
  virtual void close() = 0;
  /// Brings gauges of the store up to date; every few seconds, not after close().
  virtual void sample() {}
};

/// The stores of both tables behind one interface; the layout follows from the kinds (docs/spool.md).
result<std::unique_ptr<record_store>> open_store(const store_options& data, const store_options& meta);

}  // namespace godwit::spool
