#include "dns/query_metrics.hpp"

#include <atomic>
#include <string>

#include "dns/record.hpp"

namespace godwit::dns {

namespace {

/// Label `type`, in the order of query_kind.
constexpr std::array<std::string_view, query_kinds> type_labels{"A",   "AAAA",      "MX",        "TXT",
                                                                "PTR", "arpa IPv4", "arpa IPv6", "other"};

std::atomic<std::chrono::nanoseconds::rep> slowest{0};

}  // namespace

query_kind kind_of(std::string_view name, unsigned record_type) {
  switch (record_type) {
    case type::a: return query_kind::a;
    case type::aaaa: return query_kind::aaaa;
    case type::mx: return query_kind::mx;
    case type::txt: return query_kind::txt;
    case type::ptr: break;
    default: return query_kind::other;
  }
  if (name.ends_with(".in-addr.arpa")) return query_kind::arpa_ipv4;
  return name.ends_with(".ip6.arpa") ? query_kind::arpa_ipv6 : query_kind::ptr;
}

query_metrics::query_metrics()
    : responses(metrics::get_counter("godwit_dns_responses_total", "answers to queries")),
      bad(metrics::get_counter("godwit_dns_bad_responses_total", "answers that were failures")),
      pending(metrics::get_gauge("godwit_dns_pending_queries", "queries without an answer yet")),
      latency(metrics::get_histogram("godwit_dns_response_latency", "time from query to answer")) {
  for (std::size_t i = 0; i < query_kinds; ++i) {
    const metrics::labels l{{"type", std::string(type_labels[i])}};
    queries[i] = metrics::get_counter("godwit_dns_queries_total", "queries that the cache did not answer", l);
    timeouts[i] = metrics::get_counter("godwit_dns_timeouts_total", "look-ups that were given up", l);
  }
}

std::chrono::nanoseconds slowest_response() { return std::chrono::nanoseconds(slowest.load(std::memory_order_relaxed)); }

void note_response_time(std::chrono::nanoseconds took) {
  auto known = slowest.load(std::memory_order_relaxed);
  while (known < took.count() && !slowest.compare_exchange_weak(known, took.count(), std::memory_order_relaxed)) {
  }
}

void forget_slowest_response() { slowest.store(0, std::memory_order_relaxed); }

}  // namespace godwit::dns
