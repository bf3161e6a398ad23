#pragma once
// What the resolver asks its sources and hears from them: the godwit_dns_* series, which the console's summary and
// dns_cache stats show as well.

#include <array>
#include <chrono>
#include <memory>
#include <string_view>

#include "metrics/registry.hpp"

namespace godwit::dns {

/// How queries are counted: by type, reverse look-ups by family of addresses.
enum class query_kind : std::size_t { a, aaaa, mx, txt, ptr, arpa_ipv4, arpa_ipv6, other };
inline constexpr std::size_t query_kinds = 8;

/// `name` is ASCII, lower case, without trailing dot.
query_kind kind_of(std::string_view name, unsigned record_type);

/// Handles of the series; every object of this class has the same ones. Thread-safe.
struct query_metrics {
  query_metrics();

  std::array<std::shared_ptr<metrics::counter>, query_kinds> queries, timeouts;
  std::shared_ptr<metrics::counter> responses, bad;
  std::shared_ptr<metrics::gauge> pending;
  std::shared_ptr<metrics::histogram> latency;

  metrics::counter& queries_of(query_kind k) const { return *queries[static_cast<std::size_t>(k)]; }
  metrics::counter& timeouts_of(query_kind k) const { return *timeouts[static_cast<std::size_t>(k)]; }
};

/// The longest a response took since the start, or since forget_slowest_response().
std::chrono::nanoseconds slowest_response();
void note_response_time(std::chrono::nanoseconds took);
void forget_slowest_response();

}  // namespace godwit::dns
