#pragma once
// "[local:]QUANTITY/[N]PERIOD[,max_burst=B]" and connection limits "[local:]N" (KumoMTA: throttles).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/duration.hpp"
#include "base/result.hpp"

namespace godwit::config {

struct throttle_spec {
  std::uint64_t limit = 0;
  std::uint64_t period_seconds = 1;
  std::optional<std::uint64_t> max_burst;
  bool local = false;

  static result<throttle_spec> parse(std::string_view text);
  std::string text() const;
  double per_second() const { return static_cast<double>(limit) / static_cast<double>(period_seconds); }
  bool operator==(const throttle_spec&) const = default;
};

struct limit_spec {
  std::uint64_t limit = 0;
  bool local = false;

  static result<limit_spec> parse(std::string_view text);
  std::string text() const;
  bool operator==(const limit_spec&) const = default;
};

}  // namespace godwit::config
