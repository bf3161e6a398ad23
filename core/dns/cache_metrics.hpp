#pragma once
// The lruttl_* series of one cache.

#include <memory>
#include <string>

#include "metrics/registry.hpp"

namespace godwit::dns {

inline constexpr const char* mx_cache_name = "dns_resolver_mx";
inline constexpr const char* answer_cache_name = "dns_resolver_answer";

struct cache_metrics {
  explicit cache_metrics(const std::string& cache_name);
  std::shared_ptr<metrics::counter> lookup, hit, miss, insert, evict, expire, populated, error;
  std::shared_ptr<metrics::gauge> size, waiting;
};

}  // namespace godwit::dns
