#pragma once
// Metrics, as the fake host has them; include <godwit/testing/fake_host.hpp>.

#include <godwit/testing/fake_host.hpp>
#include <godwit/testing/fake_text.hpp>

namespace godwit::sdk::testing::slots {

inline std::string series(godwit_str name, const godwit_value* labels) {
  std::string key = owned(name);
  if (labels == nullptr || labels->items.empty()) return key;
  key += '{';
  for (const auto& v : labels->items) key += (key.ends_with('{') ? "" : ",") + v->text;
  return key + "}";
}

inline void fill_metrics(godwit_host& h) {
  h.metric_counter = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->counters[series(name, labels)];
  };
  h.metric_gauge = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->gauges[series(name, labels)];
  };
  h.metric_histogram = [](godwit_instance* i, godwit_str name, godwit_str, const godwit_value* labels) {
    return &i->host->histograms[series(name, labels)];
  };
  static const auto locked = [] { return std::unique_lock(godwit::sdk::detail::bound.self->host->mutex); };
  h.counter_add = [](godwit_counter* c, std::uint64_t n) { locked(), c->n += n; };
  h.gauge_add = [](godwit_gauge* g, std::int64_t n) { locked(), g->n += n; };
  h.gauge_set = [](godwit_gauge* g, std::int64_t n) { locked(), g->n = n; };
  h.histogram_observe = [](godwit_histogram* m, double seconds) { locked(), m->seconds.push_back(seconds); };
}

}  // namespace godwit::sdk::testing::slots
