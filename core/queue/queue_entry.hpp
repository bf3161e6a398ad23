#pragma once
// What a queued message costs when it is cold: its id, links, due time and attempts. The message itself is there only
// while it is hot (new, or about to be delivered); a cold one is loaded from the spool when its time comes.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/uuid.hpp"
#include "mail/message.hpp"

namespace godwit::queue {

class scheduled_queue;

/// Place of an entry in one list at a time. An unlinked one points to nothing.
struct queue_link {
  queue_link* prev = nullptr;
  queue_link* next = nullptr;

  bool is_linked() const { return next != nullptr; }
  void unlink() {
    prev->next = next;
    next->prev = prev;
    prev = next = nullptr;
  }
  void insert_before(queue_link& at) {
    prev = at.prev;
    next = &at;
    prev->next = this;
    at.prev = this;
  }
};

/// One message of a scheduled queue. Owned by exactly one of: a timer wheel, a ready queue, a session, a coroutine.
struct queue_entry : queue_link {
  uuid id;
  scheduled_queue* queue = nullptr;  ///< outlives its entries: it is not reaped while it has some
  mail::message_ref hot;             ///< null when cold; then the spool has it
  std::uint64_t due_tick = 0;        ///< time of the wheel it is in
  std::uint16_t attempts = 0;
  std::uint16_t last_code = 0;       ///< of the response to the last attempt since the start; 0: none
  std::uint8_t setbacks = 0;         ///< in a row: how often the spool did not give the message back, or its work broke off
  bool is_bound : 1 = false;         ///< binds_holds(), kept for the time when it is cold
  bool is_mark : 1 = false;          ///< no message: where somebody who looks through the wheel stopped
  bool was_delayed : 1 = false;      ///< one Delayed record for a full ready queue was written
  bool is_held_by_spool : 1 = false; ///< waits until the spool is healthy, and its Delayed record says so
};
static_assert(sizeof(queue_entry) <= 72, "a cold message must stay under 200 bytes with its heap overhead");

using entry_ptr = std::unique_ptr<queue_entry>;

/// First in, first out; owns its entries. Moving a list is O(1).
class entry_list {
 public:
  entry_list() { reset(); }
  entry_list(entry_list&& other) noexcept : entry_list() { append(std::move(other)); }
  entry_list& operator=(entry_list&& other) noexcept {
    if (this != &other) {
      clear();
      append(std::move(other));
    }
    return *this;
  }
  ~entry_list() { clear(); }

  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const queue_entry& front() const { return *static_cast<const queue_entry*>(head_.next); }
  const queue_entry& back() const { return *static_cast<const queue_entry*>(head_.prev); }
  /// The first one, and the one behind another; null at the end.
  queue_entry* first() const { return entry_at(head_.next); }
  queue_entry* behind(const queue_entry& e) const { return entry_at(e.next); }

  void push_back(entry_ptr e) {
    e.release()->insert_before(head_);
    ++size_;
  }
  void push_front(entry_ptr e) {
    e.release()->insert_before(*head_.next);
    ++size_;
  }
  entry_ptr pop_front();
  entry_ptr pop_back();
  void append(entry_list&& other);   ///< behind what is here
  void prepend(entry_list&& other);  ///< before what is here, in its order
  void clear();
  /// Moves what `wanted` says to the end of `out`, asking for up to `most` entries from `at` on. The next one; null at the end.
  template <class F>
  queue_entry* extract(F wanted, entry_list& out, queue_entry* at, std::size_t most) {
    for (; at && most > 0; --most) {
      auto* e = at;
      at = behind(*e);
      if (!wanted(*e)) continue;
      e->unlink();
      --size_;
      out.push_back(entry_ptr(e));
    }
    return at;
  }

  /// Visits every entry; the visitor must not change the list.
  template <class F>
  void each(F visit) const {
    for (auto* at = head_.next; at != &head_; at = at->next) visit(*static_cast<queue_entry*>(at));
  }

 private:
  queue_entry* entry_at(queue_link* at) const { return at == &head_ ? nullptr : static_cast<queue_entry*>(at); }
  void reset() {
    head_.prev = head_.next = &head_;
    size_ = 0;
  }

  queue_link head_;
  std::size_t size_ = 0;
};

}  // namespace godwit::queue
