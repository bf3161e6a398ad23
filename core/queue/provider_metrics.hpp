#pragma once
// Series by provider (KumoMTA: provider_name of path and queue). Where no provider is named nothing is counted. Any
// thread.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "mail/log_record.hpp"
#include "queue/series.hpp"

namespace godwit::queue {

/// Connections to a provider and what became of messages there. Held by the snapshot of the path that names it.
class provider_metrics {
 public:
  provider_metrics(const std::string& provider, const std::string& source, const std::string& pool);

  void add_connections(std::int64_t n);
  void count(mail::record_type outcome);

 private:
  struct outcome_series {
    outcome_series(const char* name, const char* name_with_source, const metrics::labels& of_source);
    counter_series all, of_source;
  };
  gauge_series connections_, pool_connections_;
  outcome_series delivered_, transfail_, failed_;
};

/// The messages of one scheduled queue, counted for the provider that its configuration names now.
class queued_by_provider {
 public:
  queued_by_provider();

  void add(std::int64_t n);
  /// What is counted for another provider or pool moves.
  void assign(const std::optional<std::string>& provider, const std::string& pool);

 private:
  /// Kept until the queue goes, so that who has just found it may still count.
  struct share {
    share(const std::optional<std::string>& p, const std::string& in_pool);
    void add(std::int64_t n);

    const std::optional<std::string> provider;
    const std::string pool;
    std::optional<gauge_series> all, of_pool;
    std::atomic<std::int64_t> counted{0};
  };
  /// To the current one; under the lock.
  void pass_on(share& from);

  std::mutex guard_;
  std::vector<std::unique_ptr<share>> shares_;
  std::atomic<share*> current_;
};

}  // namespace godwit::queue
