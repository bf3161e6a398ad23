#pragma once
// A metric series with users: it leaves the exposition with the last of them. Queues of one name may overlap for a
// moment (one is being forgotten, the next exists already), and several queues share a domain.

#include <memory>
#include <string>

#include "metrics/registry.hpp"

namespace godwit::queue {

namespace detail {
void use_series(const std::string& name, const metrics::labels& l);
void leave_series(const std::string& name, const metrics::labels& l);
}  // namespace detail

template <class Metric>
class series {
 public:
  series(const char* name, const char* help, metrics::labels l) : name_(name), labels_(std::move(l)) {
    detail::use_series(name_, labels_);  // before the look-up: what is in use is not pruned
    if constexpr (std::is_same_v<Metric, metrics::gauge>) {
      metric_ = metrics::get_gauge(name_, help, labels_);
    } else {
      metric_ = metrics::get_counter(name_, help, labels_);
    }
  }
  series(series&&) = default;
  series& operator=(series&&) = delete;
  ~series() {
    if (metric_) detail::leave_series(name_, labels_);
  }

  Metric* operator->() const { return metric_.get(); }

 private:
  std::string name_;
  metrics::labels labels_;
  std::shared_ptr<Metric> metric_;
};

using gauge_series = series<metrics::gauge>;
using counter_series = series<metrics::counter>;

}  // namespace godwit::queue
