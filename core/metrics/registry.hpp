#pragma once
// Counters, gauges and histograms with labels. Look up a family member once and keep the reference: an
// increment is then one relaxed atomic add. Thread-safe. Names are KumoMTA's.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace godwit::metrics {

using labels = std::vector<std::pair<std::string, std::string>>;

class counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class gauge {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::int64_t n) { value_.store(n, std::memory_order_relaxed); }
  std::int64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Seconds, in the default buckets 0.005 … 10.
class histogram {
 public:
  static constexpr std::array<double, 11> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  void observe(double seconds);
  std::array<std::uint64_t, 12> buckets() const;  ///< the last one: above every bound
  double sum() const;

 private:
  std::array<std::atomic<std::uint64_t>, 12> buckets_{};
  std::atomic<std::uint64_t> sum_us_{0};
};

/// References stay valid while anybody holds the pointer; a pruned series leaves the exposition.
std::shared_ptr<counter> get_counter(std::string_view name, std::string_view help, labels l = {});
std::shared_ptr<gauge> get_gauge(std::string_view name, std::string_view help, labels l = {});
std::shared_ptr<histogram> get_histogram(std::string_view name, std::string_view help, labels l = {});
void prune(std::string_view name, const labels& l);

/// Prometheus text exposition format 0.0.4.
std::string expose_text();

}  // namespace godwit::metrics
