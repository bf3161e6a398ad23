#pragma once
// The server's metrics in one place: types, labels and help of what is counted, for the exposition, the reference page and
// --dump-metric-metadata. Names without the prefix godwit_ are KumoMTA's. Modules' metrics are not
// here: they come and go with them.

#include <span>
#include <string_view>

namespace godwit::metrics {

enum class metric_kind { counter, gauge, histogram };

struct metric_doc {
  std::string_view name;
  metric_kind kind;
  std::string_view labels;  ///< "provider, pool"; empty: none
  bool is_pruned;           ///< a series goes when its queue or peer is gone
  std::string_view help;
};

/// By name.
std::span<const metric_doc> catalogue();
/// nullptr: a module's, or one that was forgotten (tests/e2e/http/metrics_test.py finds those).
const metric_doc* find_doc(std::string_view name);
std::string_view name_of(metric_kind k);

/// Makes the series that have no labels, so that they are exposed, as 0, before anything happened.
void create_unlabelled();

}  // namespace godwit::metrics
