#pragma once
// Caches behind kumo.memoize: one per name for the process, shared by the VMs of all loops. Concurrent misses
// of one key are joined: the first script populates, the others wait for its answer.

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/duration.hpp"
#include "config/options.hpp"
#include "lua/any.hpp"
#include "lua/callable.hpp"
#include "metrics/registry.hpp"
#include "rt/event.hpp"

namespace godwit::lua_api {

struct memo_options {
  std::string name;
  duration ttl{};
  std::size_t capacity = 0;
  bool invalidate_with_epoch = false;
  duration populate_timeout = std::chrono::seconds(120);
  bool retry_on_populate_timeout = false;
  bool allow_stale_reads = false;
};
const config::options<memo_options>& memo_option_table();

/// What a call of the wrapped function gave: values to share between VMs, or why there are none.
struct memo_answer {
  std::vector<lua::any> results;
  std::optional<lua::rejection> refusal;
  std::optional<std::string> failure;
};
using memo_answer_ref = std::shared_ptr<const memo_answer>;

/// One population in progress. Thread-safe.
class memo_flight {
 public:
  /// Suspends until the answer is there; null when `limit` was over first.
  rt::task<memo_answer_ref> wait(std::chrono::nanoseconds limit);
  void land(memo_answer_ref answer);  ///< the first one counts

 private:
  struct waiter {
    rt::loop* home;
    std::shared_ptr<rt::event> wake;
  };
  std::mutex mutex_;
  memo_answer_ref answer_;
  std::vector<waiter> waiters_;
};

/// Thread-safe.
class memo_cache {
 public:
  explicit memo_cache(memo_options options);
  const memo_options& options() const { return options_; }

  struct lookup {
    memo_answer_ref answer;               ///< a hit
    std::shared_ptr<memo_flight> flight;  ///< else: somebody populates
    bool is_leader = false;               ///< … and that is the caller
  };
  lookup find(const std::string& key, std::uint64_t epoch);
  /// Ends the flight; an answer without failure is kept.
  void settle(const std::string& key, const std::shared_ptr<memo_flight>& flight, memo_answer_ref answer,
              std::uint64_t epoch);
  std::size_t size() const;

 private:
  struct entry {
    memo_answer_ref answer;
    std::chrono::steady_clock::time_point expires;
    std::uint64_t epoch;
    std::list<std::string>::iterator age;
  };
  bool is_valid(const entry& e, std::uint64_t epoch) const;

  const memo_options options_;
  const std::shared_ptr<metrics::counter> lookups_, hits_, misses_, populated_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, entry> entries_;
  std::list<std::string> by_age_;
  std::unordered_map<std::string, std::shared_ptr<memo_flight>> flights_;
};

/// Caches by name; the first use of a name decides its options.
class memo_store {
 public:
  std::shared_ptr<memo_cache> get(const memo_options& options);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<memo_cache>> caches_;
};

}  // namespace godwit::lua_api

template <>
struct godwit::config::table_of<godwit::lua_api::memo_options> {
  static const options<godwit::lua_api::memo_options>& get() { return godwit::lua_api::memo_option_table(); }
};
