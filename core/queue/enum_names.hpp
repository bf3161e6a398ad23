#pragma once
// Names of the enumerations that both queue and path options use.

#include <array>
#include <string_view>

#include "config/codecs.hpp"
#include "queue/queue_config.hpp"

namespace godwit::config {

template <>
struct enum_names<queue::refresh_strategy> {
  static constexpr std::array all{std::pair{std::string_view("Ttl"), queue::refresh_strategy::ttl},
                                  std::pair{std::string_view("Epoch"), queue::refresh_strategy::epoch}};
};

template <>
struct enum_names<queue::memory_policy> {
  static constexpr std::array all{
      std::pair{std::string_view("ShrinkDataAndMeta"), queue::memory_policy::shrink_data_and_meta},
      std::pair{std::string_view("ShrinkData"), queue::memory_policy::shrink_data},
      std::pair{std::string_view("NoShrink"), queue::memory_policy::no_shrink}};
};

}  // namespace godwit::config
