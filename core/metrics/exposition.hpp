#pragma once
// One family (all series that share a name) as text and as JSON. Used by the registry only.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include "metrics/registry.hpp"

namespace godwit::metrics {

/// Empty until the first look-up decides the type.
using series = std::variant<std::monostate, std::shared_ptr<counter>, std::shared_ptr<gauge>,
                            std::shared_ptr<histogram>>;

struct family {
  std::string help;
  std::map<labels, series> members;

  /// Index into `series` that all members have.
  std::size_t first_type() const { return members.begin()->second.index(); }
};

/// "counter", "gauge", "histogram".
std::string_view type_name(const family& f);
/// Prometheus text format 0.0.4.
void append_family(fmt::memory_buffer& out, std::string_view name, const family& f);
/// "NAME":{"help":…,"type":…,"value":…} (KumoMTA: HTTP API).
void append_family_json(fmt::memory_buffer& out, std::string_view name, const family& f);

}  // namespace godwit::metrics
