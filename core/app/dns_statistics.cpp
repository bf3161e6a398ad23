#include "app/dns_statistics.hpp"

#include <numeric>

namespace godwit::app {

double dns_statistics::figures::hit_rate() const {
  return lookups == 0 ? 0 : 100.0 * static_cast<double>(hits) / static_cast<double>(lookups);
}

std::uint64_t dns_statistics::counts::all_queries() const {
  return std::accumulate(queries.begin(), queries.end(), std::uint64_t{0});
}

dns_statistics::counts dns_statistics::now() const {
  counts c;
  for (std::size_t i = 0; i < dns::query_kinds; ++i) {
    c.queries[i] = queries_.queries[i]->read();
    c.timeouts[i] = queries_.timeouts[i]->read();
  }
  c.responses = queries_.responses->read();
  c.bad = queries_.bad->read();
  c.lookups = mx_.lookup->read() + answers_.lookup->read();
  c.hits = mx_.hit->read() + answers_.hit->read();
  c.seconds = queries_.latency->sum();
  return c;
}

void dns_statistics::tick() {
  const std::lock_guard lock(guard_);
  rate_.note(std::chrono::steady_clock::now(), now().all_queries());
}

void dns_statistics::reset() {
  const std::lock_guard lock(guard_);
  base_ = now();
  rate_.restart(std::chrono::steady_clock::now(), base_.all_queries());
  dns::forget_slowest_response();
}

dns_statistics::figures dns_statistics::read() const {
  const std::lock_guard lock(guard_);
  const auto current = now();
  figures f;
  for (std::size_t i = 0; i < dns::query_kinds; ++i) {
    f.queries[i] = current.queries[i] - base_.queries[i];
    f.timeouts[i] = current.timeouts[i] - base_.timeouts[i];
  }
  f.responses = current.responses - base_.responses;
  f.bad = current.bad - base_.bad;
  f.lookups = current.lookups - base_.lookups;
  f.hits = current.hits - base_.hits;
  f.pending = queries_.pending->read();
  f.query_rate = rate_.rate(std::chrono::steady_clock::now(), current.all_queries());
  f.peak = dns::slowest_response();
  if (f.responses > 0) f.average = std::chrono::duration<double>((current.seconds - base_.seconds) / static_cast<double>(f.responses));
  return f;
}

}  // namespace godwit::app
