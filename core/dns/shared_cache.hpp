#pragma once
// Outcomes by key until they expire, the least recently used going first; concurrent misses of one key share one
// look-up. The metrics are KumoMTA's lruttl_* family.

#include <algorithm>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "dns/cache_metrics.hpp"

namespace godwit::dns {

/// Who holds what the cache remembers, the cache itself included. A failure is held by the cache alone.
template <class T>
std::size_t references(const result<std::shared_ptr<T>>& outcome) {
  return outcome ? static_cast<std::size_t>(outcome->use_count()) : 1;
}

/// Thread-safe; waiters are called outside the lock, on the thread that settles.
template <class V>
class shared_cache {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using outcome = result<V>;
  using waiter = std::function<void(const outcome&)>;
  enum class role { answered, waits, leads };

  shared_cache(const std::string& name, std::size_t capacity) : capacity_(capacity), count_(name) {}

  std::optional<outcome> find(const std::string& key, time_point now) {
    std::lock_guard lock(mutex_);
    count_.lookup->add();
    auto* e = fresh(key, now);
    (e ? count_.hit : count_.miss)->add();
    if (!e) return std::nullopt;
    recent_.splice(recent_.begin(), recent_, e->place);
    return e->value;
  }

  struct known {
    outcome value;
    std::chrono::nanoseconds ttl;  ///< that is left
  };
  /// For onlookers: neither counted nor a use.
  std::optional<known> peek(const std::string& key, time_point now) const {
    std::lock_guard lock(mutex_);
    const auto at = entries_.find(key);
    if (at == entries_.end() || at->second.expires <= now) return std::nullopt;
    return known{*at->second.value, at->second.expires - now};
  }

  /// A place in a look through the cache, which stays where it is whatever comes and goes. Goes before the cache.
  class cursor {
   public:
    explicit cursor(shared_cache& of) : of_(of) {
      std::lock_guard lock(of_.mutex_);
      mark_ = of_.recent_.insert(of_.recent_.begin(), nullptr);
    }
    cursor(const cursor&) = delete;
    ~cursor() {
      std::lock_guard lock(of_.mutex_);
      of_.recent_.erase(mark_);
    }

   private:
    friend shared_cache;
    shared_cache& of_;
    typename std::list<const std::string*>::iterator mark_;
  };

  /// Looks at up to `most` entries, the last used first: visit(key, outcome, time that is left) of each that has not
  /// expired, under the lock. As peek(). What is used between two steps goes to the front and may be missed. False: it
  /// was the last step.
  template <class F>
  bool look(cursor& from, std::size_t most, time_point now, F visit) {
    std::lock_guard lock(mutex_);
    auto at = std::next(from.mark_);
    for (; most > 0 && at != recent_.end(); ++at, --most) {
      if (!*at) continue;  // somebody else's place
      const auto& e = entries_.at(**at);
      if (e.expires > now) visit(**at, *e.value, e.expires - now);
    }
    recent_.splice(at, recent_, from.mark_);
    return at != recent_.end();
  }

  /// After a miss. `leads`: the caller finds the outcome and settles it; `waits`: somebody else does. Either way `w`
  /// hears it. `answered`: it arrived meanwhile, and `w` has been called.
  role join(const std::string& key, time_point now, waiter w) {
    std::unique_lock lock(mutex_);
    if (auto* e = fresh(key, now)) {
      const outcome value = *e->value;
      lock.unlock();
      w(value);
      return role::answered;
    }
    auto& waiters = pending_[key];
    waiters.push_back(std::move(w));
    count_.waiting->add();
    return waiters.size() == 1 ? role::leads : role::waits;
  }

  /// Tells the waiters; remembers for `ttl`, not at all when that is zero.
  void settle(const std::string& key, const outcome& value, std::chrono::nanoseconds ttl, time_point now) {
    std::vector<waiter> waiters;
    {
      std::lock_guard lock(mutex_);
      if (const auto at = pending_.find(key); at != pending_.end()) {
        waiters = std::move(at->second);
        pending_.erase(at);
      }
      count_.waiting->add(-static_cast<std::int64_t>(waiters.size()));
      (value ? count_.populated : count_.error)->add();
      forget(key);
      if (ttl.count() > 0) remember(key, value, now + ttl);
    }
    for (const auto& w : waiters) w(value);
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  struct entry {
    std::optional<outcome> value;
    time_point expires;
    std::list<const std::string*>::iterator place;
  };

  entry* fresh(const std::string& key, time_point now) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return nullptr;
    if (at->second.expires > now) return &at->second;
    count_.expire->add();
    forget(key);
    return nullptr;
  }

  void forget(const std::string& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    recent_.erase(at->second.place);
    entries_.erase(at);
    count_.size->add(-1);
  }

  void remember(const std::string& key, const outcome& value, time_point expires) {
    if (entries_.size() >= capacity_) {
      count_.evict->add();
      const auto oldest = std::find_if(recent_.rbegin(), recent_.rend(), [](const auto* place) { return place != nullptr; });
      forget(std::string(**oldest));
    }
    const auto at = entries_.try_emplace(key).first;
    recent_.push_front(&at->first);
    at->second = {value, expires, recent_.begin()};
    count_.insert->add();
    count_.size->add();
  }

  std::size_t capacity_;
  cache_metrics count_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
  std::list<const std::string*> recent_;  ///< keys of entries_, the last used first; null: the place of a cursor
  std::unordered_map<std::string, std::vector<waiter>> pending_;
};

}  // namespace godwit::dns
