#pragma once
// When a message may be sent: KumoMTA's msg:set_scheduling.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/duration.hpp"
#include "base/result.hpp"
#include "base/value.hpp"

namespace godwit::mail {

struct schedule {
  struct window {
    std::uint8_t days = 0;  ///< bit 0 is Monday
    std::string tz;         ///< IANA zone name
    std::chrono::seconds start{};
    std::chrono::seconds end{};
    bool operator==(const window&) const = default;
  };
  std::optional<wall_time> first_attempt;
  std::optional<wall_time> expires;
  std::optional<window> restriction;

  static result<schedule> parse(const value& table);
  value to_value() const;
  /// `due` moved forward to the next permitted instant.
  wall_time adjust(wall_time due) const;
  bool operator==(const schedule&) const = default;
};

}  // namespace godwit::mail
