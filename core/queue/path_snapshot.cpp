#include "queue/path_snapshot.hpp"

#include <algorithm>

namespace godwit::queue {

namespace {

std::vector<bound_throttle> sorted_rates(const std::optional<config::throttle_spec>& own, const std::string& own_name,
                                         const std::map<std::string, config::throttle_spec>& additional) {
  std::vector<bound_throttle> rates;
  if (own) rates.emplace_back(own_name, *own);
  for (const auto& [name, spec] : additional) rates.emplace_back(name, spec);
  std::stable_sort(rates.begin(), rates.end(),
                   [](const auto& a, const auto& b) { return a.spec.per_second() < b.spec.per_second(); });
  return rates;
}

}  // namespace

path_snapshot::path_snapshot(egress_path_config path, const std::string& ready_queue, const std::string& source,
                             const std::string& pool)
    : config(std::move(path)) {
  message_rates = sorted_rates(config.max_message_rate, "kumomta.max_message_rate." + ready_queue,
                               config.additional_message_rate_throttles);
  selection_rates = sorted_rates(config.source_selection_rate,
                                 fmt::format("kumomta.source_selection_rate.{}.{}", ready_queue, source),
                                 config.additional_source_selection_rates);
  connection_rates = sorted_rates(config.max_connection_rate, "kumomta.max_connection_rate." + ready_queue, {});
  for (const auto& [name, spec] : config.additional_connection_limits) shared_limits.push_back({name, spec.limit});
  if (config.provider_name) provider = std::make_unique<provider_metrics>(*config.provider_name, source, pool);
}

throttle_result take_all(throttle_store& store, const std::vector<bound_throttle>& rates, duration now) {
  throttle_result r;
  for (const auto& rate : rates) {
    r = store.take(rate.key, rate.spec, now);
    if (r.throttled) break;
  }
  return r;
}

}  // namespace godwit::queue
