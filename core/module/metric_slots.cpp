// Metrics of modules: series go with the instance.
#include <algorithm>

#include "module/host_table.hpp"
#include "module/instance.hpp"

namespace godwit::module {

namespace {

metrics::labels labels_of(const godwit_value* h) {
  metrics::labels all;
  const auto* members = h ? from_handle(h)->as_object() : nullptr;
  if (!members) return all;
  for (const auto& [name, v] : *members)
    if (const auto* text = v.as_string()) all.emplace_back(name, *text);
  return all;
}

template <class T, class Get>
T* look_up(godwit_instance* self, Get get, godwit_str name, godwit_str help, const godwit_value* labels) {
  auto l = labels_of(labels);
  auto metric = get(view(name), view(help), l);
  auto* handle = reinterpret_cast<T*>(metric.get());
  const std::lock_guard lock(self->metrics_mutex);
  if (std::find(self->metrics.begin(), self->metrics.end(), metric) != self->metrics.end()) return handle;
  self->metrics.push_back(metric);
  self->series.emplace_back(std::string(view(name)), std::move(l));
  return handle;
}

godwit_counter* counter(godwit_instance* self, godwit_str name, godwit_str help, const godwit_value* labels) {
  return look_up<godwit_counter>(self, metrics::get_counter, name, help, labels);
}
godwit_gauge* gauge(godwit_instance* self, godwit_str name, godwit_str help, const godwit_value* labels) {
  return look_up<godwit_gauge>(self, metrics::get_gauge, name, help, labels);
}
godwit_histogram* histogram(godwit_instance* self, godwit_str name, godwit_str help,
                            const godwit_value* labels) {
  return look_up<godwit_histogram>(self, metrics::get_histogram, name, help, labels);
}

void counter_add(godwit_counter* c, uint64_t n) { reinterpret_cast<metrics::counter*>(c)->add(n); }
void gauge_add(godwit_gauge* g, int64_t n) { reinterpret_cast<metrics::gauge*>(g)->add(n); }
void gauge_set(godwit_gauge* g, int64_t n) { reinterpret_cast<metrics::gauge*>(g)->set(n); }
void histogram_observe(godwit_histogram* h, double seconds) {
  reinterpret_cast<metrics::histogram*>(h)->observe(seconds);
}

}  // namespace

void fill_metric_slots(godwit_host& h) {
  h.metric_counter = counter;
  h.metric_gauge = gauge;
  h.metric_histogram = histogram;
  h.counter_add = counter_add;
  h.gauge_add = gauge_add;
  h.gauge_set = gauge_set;
  h.histogram_observe = histogram_observe;
}

}  // namespace godwit::module
