#pragma once
// How many spooled messages refer to each body stored apart. Lives in memory: rebuilt by enumeration. Thread-safe.
//
// A body written by this process has a complete count from its first moment. One of an earlier process is complete only
// when the enumeration is over; until then its count may be too low, so nothing is freed: sweep() tells what to free.
//
// An id that release() or sweep() has told to remove is never created again: the removal of its record may be applied beside a
// later group (committer::hasten_removals), and would take a new record of that id along. New bytes are a new body with a new
// id. After a store that failed the same id is created again; what that store left is removed in the group of the next.

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/uuid.hpp"
#include "mail/message.hpp"

namespace godwit::spool {

class body_table {
 public:
  /// A new body with one reference, not yet on disk. False when the id is known already.
  bool create(const uuid& body);
  /// One reference more to a body that create() made in the same store.
  void add(const uuid& body);
  /// One reference more, if the body is on disk.
  bool acquire(const uuid& body);
  /// The body that create() announced is on disk; or never got there.
  void confirm(const uuid& body);
  void forget(const uuid& body);
  /// One reference less. True when it was the last: the caller removes the record.
  bool release(const uuid& body);

  /// Enumeration met a record that refers to this body.
  void count(const uuid& body);
  /// Nothing refers to it.
  bool is_lost(const uuid& body) const;
  /// Enumeration is over: every count is complete. What nothing refers to is forgotten and returned to be removed.
  std::vector<uuid> sweep();
  std::size_t size() const;

  /// Bodies in memory, so that messages loaded one by one share them again. Null when nobody holds it.
  mail::body_ref find_loaded(const uuid& body);
  void remember_loaded(const mail::body_ref& body);

 private:
  struct entry {
    std::uint32_t references = 0;
    bool is_on_disk = false;
    bool is_complete = false;
  };

  mutable std::mutex mutex_;
  std::unordered_map<uuid, entry> entries_;
  std::unordered_map<uuid, std::weak_ptr<const mail::body>> loaded_;
  std::size_t prune_loaded_at_ = 64;
};

}  // namespace godwit::spool
