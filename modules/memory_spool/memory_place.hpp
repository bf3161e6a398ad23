#pragma once
// The records of one table, kept under the store's path for as long as the module is loaded: a spool that is closed and
// opened again finds them.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <godwit/module.hpp>

namespace memory_spool {

/// Bytes of all places together, and how many there may be.
class budget {
 public:
  /// 0: no limit.
  explicit budget(std::uint64_t limit) : limit_(limit) {}
  /// Before anything is kept.
  void show(godwit::sdk::gauge used) { shown_ = used; }

  void change(std::uint64_t before, std::uint64_t now) {
    used_ += now - before;  // modulo 2^64: the sum is right
    if (shown_) shown_->add(static_cast<std::int64_t>(now - before));
  }
  bool has_room(std::uint64_t bytes) const { return limit_ == 0 || used_ + bytes <= limit_; }
  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const { return used_; }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
  std::optional<godwit::sdk::gauge> shown_;
};

/// What a record takes: its bytes, and its place in the table.
std::uint64_t cost_of(std::size_t bytes);

class memory_place {
 public:
  explicit memory_place(std::shared_ptr<budget> b) : budget_(std::move(b)) {}
  ~memory_place() { budget_->change(size_, 0); }

  void put(const godwit::sdk::spool_operation& op);
  void erase(const godwit::sdk::spool_key& key);
  /// A record is shared and never changed, so that it is read without a lock.
  std::shared_ptr<const std::string> find(const godwit::sdk::spool_key& key) const;
  bool contains(const godwit::sdk::spool_key& key) const;
  std::vector<godwit::sdk::spool_key> keys() const;

  /// False when another store has it.
  bool take() { return !is_taken_.exchange(true); }
  void give_back() { is_taken_ = false; }

 private:
  struct hash {
    std::size_t operator()(const godwit::sdk::spool_key& key) const;
  };

  const std::shared_ptr<budget> budget_;
  mutable std::mutex mutex_;
  std::unordered_map<godwit::sdk::spool_key, std::shared_ptr<const std::string>, hash> records_;
  std::uint64_t size_ = 0;
  std::atomic<bool> is_taken_{false};
};

/// Places by path. Used while stores open.
class place_directory {
 public:
  explicit place_directory(std::uint64_t limit) : budget_(std::make_shared<budget>(limit)) {}

  /// Throws failure when the path is in use.
  std::shared_ptr<memory_place> take(const std::string& path);
  const std::shared_ptr<budget>& total() const { return budget_; }

 private:
  const std::shared_ptr<budget> budget_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<memory_place>> places_;
};

}  // namespace memory_spool
