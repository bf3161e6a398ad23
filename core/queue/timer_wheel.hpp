#pragma once
// Hierarchical timer wheel of queue entries: insertion and removal in O(1), no allocation, four levels of 256 slots.
// Pure: ticks are passed in. Not thread-safe.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

#include "queue/queue_entry.hpp"

namespace godwit::queue {

class timer_wheel {
  static constexpr unsigned levels = 4, bits = 8, slots = 1u << bits;

 public:
  explicit timer_wheel(std::uint64_t now = 0);
  ~timer_wheel();
  timer_wheel(const timer_wheel&) = delete;

  /// The entry becomes due at `due`; one that is past is due at the next advance().
  void insert(entry_ptr e, std::uint64_t due);
  /// Moves time forward and appends what has become due to `out`.
  void advance(std::uint64_t now, entry_list& out);
  /// When advance() has something to do next; nothing when the wheel is empty.
  std::optional<std::uint64_t> next_tick() const;
  /// Asked of each entry that is looked at; true: it is taken out.
  using visitor = std::function<bool(queue_entry&)>;
  /// Where a look through the wheel goes on. It holds its place in a list, so it is unlinked before it dies.
  struct cursor {
    queue_entry mark;
    unsigned level = levels - 1, slot = 0;
    bool is_done = false;

    cursor() { mark.is_mark = true; }
    cursor(const cursor&) = delete;
    ~cursor() { unlink(); }
    void unlink() {
      if (mark.is_linked()) mark.unlink();
    }
  };
  /// Looks at up to `most` entries, far ones first, so that one that moves on meanwhile is met later, perhaps again.
  /// What is inserted meanwhile may be missed.
  void look(cursor& c, std::size_t most, const visitor& visit, entry_list& taken);
  /// Takes everything out.
  entry_list drain();

  std::size_t size() const { return size_; }
  std::uint64_t now() const { return now_; }

 private:
  struct level {
    std::array<queue_link, slots> heads;
    std::array<std::uint64_t, slots / 64> used{};  ///< may be set for an empty slot, never unset for a full one

    void mark(unsigned i) { used[i / 64] |= std::uint64_t{1} << (i % 64); }
    void clear(unsigned i) { used[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
    /// Distance 1..256 from `from` to the next used slot, 0 when there is none.
    unsigned distance(unsigned from) const;
  };

  void place(queue_entry* e, std::uint64_t earliest);
  void cascade(unsigned at_level);
  void expire(entry_list& out);

  std::array<level, levels> levels_;
  std::uint64_t now_;
  std::size_t size_ = 0;
};

}  // namespace godwit::queue
