#pragma once
// Counters, gauges, histograms: look up once, keep, count from any thread.

#include <chrono>
#include <initializer_list>

#include <godwit/value.hpp>

namespace godwit::sdk {

namespace detail {
using label_list = std::initializer_list<std::pair<std::string_view, std::string_view>>;
inline value labels(label_list list) {
  value v = value::object();
  for (const auto& [key, text] : list) v.set(key, text);
  return v;
}
}  // namespace detail

class counter {
 public:
  counter() = default;
  counter(std::string_view name, std::string_view help, detail::label_list labels = {})
      : raw_(host().metric_counter(self(), to_str(name), to_str(help), detail::labels(labels).raw())) {}
  void add(std::uint64_t n = 1) { host().counter_add(raw_, n); }

 private:
  godwit_counter* raw_ = nullptr;
};

class gauge {
 public:
  gauge() = default;
  gauge(std::string_view name, std::string_view help, detail::label_list labels = {})
      : raw_(host().metric_gauge(self(), to_str(name), to_str(help), detail::labels(labels).raw())) {}
  void add(std::int64_t n = 1) { host().gauge_add(raw_, n); }
  void set(std::int64_t n) { host().gauge_set(raw_, n); }

 private:
  godwit_gauge* raw_ = nullptr;
};

class histogram {
 public:
  histogram() = default;
  histogram(std::string_view name, std::string_view help, detail::label_list labels = {})
      : raw_(host().metric_histogram(self(), to_str(name), to_str(help), detail::labels(labels).raw())) {}
  void observe(std::chrono::duration<double> d) { host().histogram_observe(raw_, d.count()); }

 private:
  godwit_histogram* raw_ = nullptr;
};

}  // namespace godwit::sdk
