#include "dns/cache_metrics.hpp"

namespace godwit::dns {

cache_metrics::cache_metrics(const std::string& cache_name) {
  const metrics::labels l{{"cache_name", cache_name}};
  lookup = metrics::get_counter("lruttl_lookup_count", "cache look-ups", l);
  hit = metrics::get_counter("lruttl_hit_count", "look-ups answered by the cache", l);
  miss = metrics::get_counter("lruttl_miss_count", "look-ups the cache had no answer for", l);
  insert = metrics::get_counter("lruttl_insert_count", "entries added", l);
  evict = metrics::get_counter("lruttl_evict_count", "entries removed to make room", l);
  expire = metrics::get_counter("lruttl_expire_count", "entries found too old", l);
  populated = metrics::get_counter("lruttl_populated_count", "look-ups after a miss that found a value", l);
  error = metrics::get_counter("lruttl_error_count", "look-ups after a miss that failed", l);
  waiting = metrics::get_gauge("lruttl_waiting_populate", "callers that wait for a look-up after a miss", l);
  size = metrics::get_gauge("lruttl_cache_size", "entries held", l);
}

}  // namespace godwit::dns
