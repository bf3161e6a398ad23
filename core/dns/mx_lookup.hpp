#pragma once
// MX resolution: cache, shared look-ups, concurrency limit, overall time limit (KumoMTA: queue names).

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "dns/backend.hpp"
#include "dns/destination.hpp"
#include "dns/query_metrics.hpp"
#include "dns/shared_cache.hpp"

namespace godwit::dns {

/// Callable from every loop.
class mx_lookup {
 public:
  mx_lookup(backend& from, const resolver_options& options);
  rt::task<result<mx_ref>> find(destination d);
  std::optional<cached_answer> cached(const destination& d) const;
  using cursor = shared_cache<mx_ref>::cursor;
  cursor begin_list() { return cursor(cache_); }
  /// The next entries, up to `most`. False: they were the last.
  bool list(cursor& from, std::size_t most, std::vector<cached_name>& to);

 private:
  struct job {
    destination wanted;
    std::string key;
    bool has_slot = false;
    bool done = false;
  };
  using job_ref = std::shared_ptr<job>;

  void start(const job_ref& j);
  void ask(const job_ref& j);
  void on_answer(const job_ref& j, result<answer> got);
  void expire(const std::string& key);
  bool finish(const job_ref& j);
  void remember(const job_ref& j, const result<mx_ref>& outcome, std::chrono::nanoseconds ttl);
  job_ref release_slot(job& j);

  backend& backend_;
  std::size_t concurrency_limit_;
  duration timeout_, negative_ttl_;
  shared_cache<mx_ref> cache_;
  query_metrics queries_;
  std::shared_ptr<metrics::counter> ok_, failed_, hit_, miss_;
  std::shared_ptr<metrics::gauge> in_progress_;

  std::mutex mutex_;
  std::size_t running_ = 0;
  std::deque<job_ref> queued_;                     ///< beyond the concurrency limit
  std::unordered_map<std::string, job_ref> jobs_;  ///< all that are not done
};

/// What the MX answer for `wanted` means. Pure.
result<mx_ref> exchanger_of(const destination& wanted, const answer& got);
/// The exchanger of an address literal.
mx_ref literal_exchanger(const destination& wanted);

}  // namespace godwit::dns
