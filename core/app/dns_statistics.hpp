#pragma once
// What summary and dns_cache stats tell of the resolver, since the start or the last reset.

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "app/rate_window.hpp"
#include "dns/cache_metrics.hpp"
#include "dns/query_metrics.hpp"

namespace godwit::app {

/// read() on any thread, tick() once a second on one.
class dns_statistics {
 public:
  dns_statistics() { reset(); }

  void tick();
  void reset();

  struct figures {
    std::array<std::uint64_t, dns::query_kinds> queries{}, timeouts{};
    std::uint64_t responses = 0, bad = 0, lookups = 0, hits = 0;
    std::int64_t pending = 0;
    double query_rate = 0;  ///< a second, over the last minute
    std::chrono::duration<double> peak{}, average{};  ///< response times

    std::uint64_t queries_of(dns::query_kind k) const { return queries[static_cast<std::size_t>(k)]; }
    std::uint64_t timeouts_of(dns::query_kind k) const { return timeouts[static_cast<std::size_t>(k)]; }
    double hit_rate() const;  ///< per cent
  };
  figures read() const;

 private:
  struct counts {
    std::array<std::uint64_t, dns::query_kinds> queries{}, timeouts{};
    std::uint64_t responses = 0, bad = 0, lookups = 0, hits = 0;
    double seconds = 0;  ///< of all responses together

    std::uint64_t all_queries() const;
  };
  counts now() const;

  dns::query_metrics queries_;
  dns::cache_metrics mx_{dns::mx_cache_name}, answers_{dns::answer_cache_name};
  mutable std::mutex guard_;
  rate_window rate_;
  counts base_;  ///< at the last reset
};

}  // namespace godwit::app
